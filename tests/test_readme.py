"""The README: its examples of TOML are ones that the wizard takes, its figures are those of the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.readme_table import README
from wizard.base.codes import FindingEntry, Severity
from wizard.base.errors import exit_code_table
from wizard.catalogue.model import Libc, Machine, Patch, Toolchain
from wizard.catalogue.presets import Preset, load_preset
from wizard.catalogue.selection import Selection, follow
from wizard.catalogue.store import catalogue
from wizard.check.check import check
from wizard.check.findings import errors
from wizard.check.matrix import cell_of
from wizard.check.resolved import resolve
from wizard.logs.matchers import Compiled, Matcher, matchers
from wizard.machine.survey import ordinary_linux
from wizard.plan.make import make_plan
from wizard.session.session import Session

TEXT = README.read_text(encoding="utf-8")
ROOT = README.parent
KNOWN = catalogue()


def examples() -> dict[str, dict[str, Any]]:
    """The examples of TOML by the first of their tables."""
    blocks = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    read = [tomllib.loads(block) for block in blocks]
    return {next(key for key, value in one.items() if isinstance(value, dict)): one for one in read}


EXAMPLES = examples()


def test_there_is_an_example_of_each_thing_that_can_be_added() -> None:
    assert set(EXAMPLES) == {"selection", "machine", "finding", "matcher", "patch"}


def test_the_example_of_a_preset_is_one(tmp_path: Path) -> None:
    block = re.search(r"```toml\n(title.*?)```", TEXT, re.DOTALL)
    assert block
    (tmp_path / "p.toml").write_text(block[1], encoding="utf-8")
    assert load_preset(tmp_path / "p.toml", KNOWN).selection == Selection("aarch64-linux", "musl", toolchain="zig")


def test_the_example_of_a_target_is_all_that_a_plan_for_it_takes(session: Session, tmp_path: Path) -> None:
    example = EXAMPLES["machine"]
    ((id_, table),) = example["machine"].items()
    assert id_ not in KNOWN.machines, "it is an example no more: take another"
    machine = msgspec.structs.replace(msgspec.convert(table, Machine), id=id_)

    def with_more(libc: Libc | Toolchain, tables: dict[str, dict[str, Any]]) -> Any:
        changes = {key: {**getattr(libc, key), **_tuples(value)} for key, value in tables.items()}
        return msgspec.structs.replace(libc, **changes)

    musl = with_more(KNOWN.libcs["musl"], example["libc"]["musl"])
    zig = with_more(KNOWN.toolchains["zig"], example["toolchain"]["zig"])
    more = msgspec.structs.replace(
        KNOWN,
        machines={**KNOWN.machines, id_: machine},
        libcs={**KNOWN.libcs, "musl": musl},
        toolchains={**KNOWN.toolchains, "zig": zig},
    )
    chosen = follow(Selection(id_), more)
    resolved = resolve(chosen, more, ordinary_linux())
    assert errors(check(resolved)) == ()
    assert cell_of(resolved).verdict == "untested"
    plan = make_plan(Preset(chosen), resolved, session.folders, tmp_path / "switch", ())
    assert plan.triplet == f"{machine.arch}-linux-musl"


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def test_the_example_of_a_rule_has_all_the_words_of_a_finding() -> None:
    ((code, table),) = EXAMPLES["finding"]["finding"].items()
    text = msgspec.convert(table, FindingEntry)
    assert text.severity in Severity.__args__  # type: ignore[attr-defined]
    assert text.about in Selection.__struct_fields__
    assert re.fullmatch(r"[a-z-]+", code)
    assert text.what.format(target="x", size=1)


def test_the_example_of_a_matcher_finds_its_line() -> None:
    ((code, table),) = EXAMPLES["matcher"]["matcher"].items()
    one = msgspec.convert(table, Matcher)
    patterns = tuple(re.compile(pattern.encode()) for pattern in one.patterns)
    found = Compiled(code, one, (), patterns, None).search(b"cc: error: cannot find the linker `mold`", b"")
    assert found
    assert one.what.format(**{key: value.decode() for key, value in found.groupdict().items()})


def test_the_example_of_a_patch_is_one_of_the_catalogues_form() -> None:
    ((_id, table),) = EXAMPLES["patch"]["patch"].items()
    patch = msgspec.convert(table, Patch)
    assert set(patch.releases) <= set(KNOWN.releases)
    assert set(patch.targets) <= set(KNOWN.machines)
    assert set(patch.toolchains) <= set(KNOWN.toolchains)


def test_the_figures_of_the_matchers_are_those_of_the_code() -> None:
    every = matchers().values()
    provoked = sum(one.evidence == "provoked" for one in every)
    assert f"knows {len(every)} causes; for {provoked} of them" in " ".join(TEXT.split())


def test_the_exit_codes_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", TEXT, re.MULTILINE)
    assert [(int(code), meaning) for code, meaning in rows] == list(exit_code_table())


@pytest.mark.parametrize(
    "path", sorted({*re.findall(r"`((?:wizard|tests|presets|screenshots|man)/[\w/.-]*)`", TEXT)})
)
def test_every_path_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_preset_and_picture_that_it_names_is_there() -> None:
    for name in re.findall(
        r"`((?:x86_64|aarch64|armv7|riscv64)-(?:solo5|cosmopolitan|windows|linux-musl))`", TEXT
    ):
        assert (ROOT / "presets" / f"{name}.toml").exists()
    for picture in re.findall(r"\]\((screenshots/[^)]+)\)", TEXT):
        assert (ROOT / picture).exists()


def test_the_two_commands_are_those_that_others_use() -> None:
    first, second = re.findall(r"```sh\n(python3 -m venv .*)\n```", TEXT)
    assert first == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/ocaml-cross-wizard"
    assert second.endswith(".venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest -n 2")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert ".venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest -n 2" in ci
