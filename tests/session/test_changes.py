"""What changes between two selections: nothing that means nothing, and everything that means something."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.commands import Ocw
from tests.support.fakes import REAL
from tests.support.properties import given, settings
from wizard.base.folders import Folders
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, normalise
from wizard.faces.text.changes import changes_text
from wizard.machine.survey import ordinary_linux
from wizard.session.changes import Changes, Difference, Side, changes, side
from wizard.session.session import Session

HERE = msgspec.structs.replace(
    ordinary_linux(),
    compilers={
        "aarch64-linux-gnu": "/usr/bin/aarch64-linux-gnu-gcc",
        "x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc",
    },
    compiler_versions={"aarch64-linux-gnu": "12.2.0", "x86_64-linux-gnu": "12.2.0"},
)
SELECTIONS = (
    Selection("aarch64-linux"),
    Selection("aarch64-linux", "glibc"),
    Selection("aarch64-linux", release="5.4.1"),
    Selection("riscv64-linux"),
    Selection("armv7-linux"),
    Selection("x86_64-linux", "cosmopolitan", "4.14.1"),
    Selection("x86_64-solo5"),
    Selection("x86_64-macos"),
)


def session_in(home: Path) -> Session:
    return Session(Folders(home / "cache", home / "data", home / "state"), HERE)


def made(selection: Selection, home: Path = Path("/home/one")) -> Side:
    return side(session_in(home), Preset(normalise(selection, REAL)))


def part(found: Changes, id_: str) -> dict[str, Difference]:
    return {
        difference.name: difference for part in found.parts if part.id == id_ for difference in part.differences
    }


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_the_same_selection_in_another_home_is_the_same(selection: Selection) -> None:
    found = changes(made(selection), made(selection, Path("/var/lib/another/home")))
    assert [difference for part in found.parts for difference in part.differences] == []
    assert "nothing changes" in changes_text(found)


@given(st.sampled_from(SELECTIONS), st.sampled_from(SELECTIONS))
@settings(max_examples=20, deadline=None)
def test_there_and_back_are_each_other_s_mirror(selection: Selection, other: Selection) -> None:
    there, back = changes(made(selection), made(other)), changes(made(other), made(selection))
    assert (there.before, there.after) == (back.after, back.before)
    for left, right in zip(there.parts, back.parts, strict=True):
        assert left.same == right.same
        assert sorted((d.name, d.before, d.after) for d in left.differences) == sorted(
            (d.name, d.after, d.before) for d in right.differences
        )


def test_another_c_library_changes_toolchain_scripts_and_what_programs_are() -> None:
    found = changes(made(Selection("aarch64-linux")), made(Selection("aarch64-linux", "glibc")))
    assert found.absent == ""
    chosen = part(found, "choices")
    assert (chosen["C library"].before, chosen["C library"].after) == ("musl", "glibc")
    assert chosen["C toolchain"].after == "GNU gcc"
    assert "target machine" not in chosen
    assert part(found, "programs")["form"].after == "dynamically linked ELF"
    assert part(found, "constants") == {}
    scripts = part(found, "wrappers")
    assert "+exec /usr/bin/TRIPLET-gcc" in scripts["wrappers/TRIPLET-gcc"].diff
    assert scripts["wrappers/TRIPLET-gcc"].why
    assert "the same change as in wrappers/TRIPLET-gcc" in scripts["wrappers/TRIPLET-cc"].diff or (
        scripts["wrappers/TRIPLET-cc"].diff != scripts["wrappers/TRIPLET-gcc"].diff
    )
    assert part(found, "flags")["--host"].after == "--host=aarch64-linux-gnu"
    assert part(found, "flags")["--host"].why


def test_another_release_keeps_the_scripts_and_changes_flags_and_stages() -> None:
    found = changes(made(Selection("aarch64-linux")), made(Selection("aarch64-linux", release="5.4.1")))
    assert part(found, "wrappers") == {}
    flags = part(found, "flags")
    assert (flags["--target"].before, flags["--target"].after) == ("", "--target=aarch64-linux-musl")
    assert flags["--host"].after == ""
    assert part(found, "stages")


def test_what_cannot_be_built_is_compared_by_findings_and_constants() -> None:
    found = changes(made(Selection("aarch64-linux")), made(Selection("armv7-linux")))
    assert "no plan of OCaml 5.3.0 for armv7-linux-musleabihf" in found.absent
    assert part(found, "constants")["word_size"].after == "32"
    assert part(found, "findings")["word-size"].after.startswith("error: ")
    assert part(found, "choices")["verdict"].after.startswith("refused (word-size")


def test_patches_are_named_with_their_reason() -> None:
    found = changes(made(Selection("x86_64-linux")), made(Selection("x86_64-linux", "cosmopolitan", "4.14.1")))
    patches = part(found, "patches")
    assert {patch.before for patch in patches.values()} == {""}
    assert all(patch.after.startswith("applied, ") and patch.why for patch in patches.values())


def test_the_command_says_it_as_text_and_as_json(ocw: Ocw) -> None:
    ended = ocw("diff", "aarch64-linux-musl", "--libc", "glibc")
    assert ended.code == 0, ended.err
    assert "C library\n    - musl\n    + glibc" in ended.out
    found = msgspec.json.decode(ocw("diff", "arm64", "x86_64", "--json").out, type=Changes)
    assert part(found, "choices")["target machine"]
    assert json.loads(ocw("diff", "arm64", "--release", "5.4.1", "--json").out)["parts"]


def test_the_command_wants_a_difference_and_known_words(ocw: Ocw) -> None:
    assert ocw("diff", "arm64").code == 2
    ended = ocw("diff", "arm64", "amr64")
    assert (ended.code, "preset-not-found" in ended.err) == (3, True)
