"""A selection as a command: whoever types it gets the same selection."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.catalogue.command import command_line
from wizard.catalogue.selection import NATIVE, HostCompiler, Selection, normalise
from wizard.catalogue.store import catalogue
from wizard.faces.cli.options import selection_options
from wizard.faces.cli.selections import chosen_preset
from wizard.session.session import Session

KNOWN = catalogue()
SESSION = Session.__new__(Session)
SESSION.catalogue = KNOWN

file_name = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=20)
paths = file_name.filter(lambda name: name not in (".", "..")).map(lambda name: str(Path("/odd folder") / name))
component_names = st.sampled_from(sorted({component.name for component in KNOWN.components.values()}))
host_compilers: list[HostCompiler] = ["auto", "path", "build"]


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """A selection whose values fit each other as far as `normalise` asks for it, with every field."""
    libc = draw(st.sampled_from(list(KNOWN.libcs)))
    target = draw(st.sampled_from(list(KNOWN.libcs[libc].triplets)))
    patches = tuple(draw(st.lists(paths, max_size=2, unique=True)))
    return Selection(
        target=target,
        libc=libc,
        release=draw(st.sampled_from(list(KNOWN.releases))),
        host=draw(st.sampled_from([NATIVE, *KNOWN.machines])),
        toolchain=draw(st.sampled_from(list(KNOWN.toolchains))),
        host_compiler=draw(st.sampled_from(host_compilers)),
        patches=patches,
        without=tuple(draw(st.lists(st.sampled_from([*patches, *KNOWN.patches]), max_size=2, unique=True))),
        bindings=draw(st.sampled_from(["", *KNOWN.libcs[libc].bindings.get(target, ())])),
        sources=tuple(
            f"{name}={draw(paths)}" for name in draw(st.lists(component_names, max_size=2, unique=True))
        ),
    )


def typed(line: str) -> Selection:
    """The selection that `build` understands of a command."""
    found: list[Selection] = []

    @click.command()
    @selection_options
    def build(**choice: object) -> None:
        found.append(chosen_preset(SESSION, choice).selection)

    words = shlex.split(line)
    assert words[:2] == ["ocaml-cross-wizard", "build"]
    build.main(words[2:], standalone_mode=False)
    return found[0]


@given(selections())
def test_a_selection_comes_back_from_the_command_that_was_written_for_it(selection: Selection) -> None:
    assert typed(command_line(selection)) == normalise(selection, KNOWN)


def test_every_field_is_in_the_command_whole_and_quoted() -> None:
    selection = Selection(
        target="x86_64-solo5",
        libc="nolibc",
        release="5.1.1",
        host="i686-linux",
        toolchain="solo5",
        host_compiler="build",
        patches=("/my patches/a.patch",),
        without=("wanted",),
        bindings="hvt",
        sources=("solo5=/src/solo5",),
    )
    assert command_line(selection) == (
        "ocaml-cross-wizard build --target x86_64-solo5 --libc nolibc --release 5.1.1 --toolchain solo5"
        " --host i686-linux --host-compiler build --bindings hvt --patch '/my patches/a.patch' --without wanted"
        " --source solo5=/src/solo5"
    )


def test_what_is_usual_is_left_out_and_more_words_come_last() -> None:
    selection = Selection("aarch64-linux", "musl", "5.3.0", toolchain="zig")
    words = "--target aarch64-linux --libc musl --release 5.3.0 --toolchain zig"
    assert command_line(selection) == f"ocaml-cross-wizard build {words}"
    assert command_line(selection, "check", ["--json"]) == f"ocaml-cross-wizard check {words} --json"
