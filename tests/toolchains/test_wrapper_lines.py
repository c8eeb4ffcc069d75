"""Every line of every wrapper script has a reason, and what its special options do is said."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from tests.support.fakes import REAL
from wizard.catalogue.model import Toolchain
from wizard.toolchains import cosmocc, cosmopolitan, gcc, solo5, zig
from wizard.toolchains.options import explained, known_options
from wizard.toolchains.wrapper import Script

LOCATIONS = (
    solo5.Locations("/b/toolchain", ("/b/nolibc/include", "/b/openlibm/include"), ("/b/nolibc", "/b/openlibm")),
    solo5.Locations("$switch/solo5", ("$switch/sysroot/include",), ("$switch/sysroot/lib",)),
)
FOLDERS = ("/usr/bin", "/opt/my tools/it's")


def scripts(toolchain: Toolchain) -> Iterator[Script]:
    """Every wrapper script of a C toolchain, in ordinary and in odd folders."""
    for triplet, name in toolchain.targets.items():
        for folder in FOLDERS:
            compiler = f"{folder}/{name}-gcc"
            match toolchain.provider:
                case "zig":
                    yield from zig.wrapper_scripts(toolchain, triplet, folder, folder)
                    yield from zig.build_tool_scripts(toolchain, "x86_64", folder, folder)
                case "gcc":
                    yield from gcc.wrapper_scripts(toolchain, triplet, compiler)
                case "cosmopolitan":
                    yield from cosmopolitan.wrapper_scripts(toolchain, triplet, compiler)
                case "cosmocc":
                    yield from cosmocc.wrapper_scripts(triplet, triplet.partition("-")[0], folder)
                case "solo5":
                    own = f"{triplet.removesuffix('-ocaml')}-none-static"
                    for locations in LOCATIONS:
                        yield from solo5.wrapper_scripts(toolchain, triplet, own, compiler, locations)


def of_all() -> Iterator[Script]:
    for toolchain in REAL.toolchains.values():
        yield from scripts(toolchain)


@pytest.mark.parametrize("toolchain", REAL.toolchains.values(), ids=lambda toolchain: toolchain.id)
def test_every_line_of_every_wrapper_script_has_a_reason(toolchain: Toolchain) -> None:
    for script in scripts(toolchain):
        assert script.text.splitlines() == [line.text for line in script.lines]
        for line in script.lines:
            assert line.why.endswith((".", "?")), line


def test_options_are_explained_in_the_lines_that_have_them() -> None:
    for script in of_all():
        for line in script.lines:
            for option in line.options:
                assert option.text.partition("=")[0] in line.text, (script.name, line)


def test_every_option_of_the_table_is_in_a_line_that_is_written() -> None:
    written = {option.text for script in of_all() for line in script.lines for option in line.options}
    named = written | {f"{text.partition('=')[0]}=" for text in written}
    assert [option for option in known_options() if option not in named] == []


def test_an_option_of_the_compiler_that_the_table_has_is_never_left_unexplained() -> None:
    """What the line's words say and the table knows is in the line's options."""
    for script in of_all():
        for line in script.lines:
            if line.text.startswith("#"):
                continue
            try:
                words = shlex.split(line.text.strip().removesuffix("\\"))
            except ValueError:
                continue
            known = {option.text for option in explained(word for word in words if word.startswith("-"))}
            known = {text for text in known if not text.startswith("--ld-path=")}
            assert known <= {option.text for option in line.options}, (script.name, line.text)


def test_the_options_that_are_the_target_s_own_are_explained() -> None:
    made = zig.wrapper_scripts(REAL.toolchains["zig"], "riscv64-linux-musl", "/opt/zig", "/opt/libc")
    compiler = next(script for script in made if script.name == "riscv64-linux-musl-gcc")
    said = {option.text: option.why for line in compiler.lines for option in line.options}
    assert "compressed" in said["-march=rv64imafd"]
    assert said["-mabi=lp64d"]
