"""Every line of every wrapper script has a reason, and every reason is of some line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fakes import REAL
from wizard.catalogue.model import Toolchain
from wizard.toolchains import cosmopolitan, lines, wrappers
from wizard.toolchains.lines import line_reason, script_reasons
from wizard.toolchains.solo5_wrappers import LibcPlace, solo5_wrapper_texts

PLACES = (
    LibcPlace("/b/toolchain", ("/b/nolibc/include", "/b/openlibm/include"), ("/b/nolibc", "/b/openlibm")),
    LibcPlace("$switch/solo5", ("$switch/sysroot/include",), ("$switch/sysroot/lib",)),
)
FOLDERS = ("/usr/bin", "/opt/my tools/it's")


def scripts(toolchain: Toolchain) -> Iterator[str]:
    """Every wrapper script of a C toolchain, in ordinary and in odd folders."""
    for triplet, name in toolchain.targets.items():
        for folder in FOLDERS:
            gcc = f"{folder}/{name}-gcc"
            if toolchain.provider == "zig":
                yield from (
                    text for text, _ in wrappers.wrapper_texts(toolchain, triplet, folder, folder).values()
                )
            elif toolchain.provider == "gcc":
                yield from (text for text, _ in wrappers.gcc_wrapper_texts(toolchain, triplet, gcc).values())
            elif toolchain.provider == "cosmopolitan":
                yield from (text for text, _ in cosmopolitan.wrapper_texts(toolchain, triplet, gcc).values())
            else:
                for place in PLACES:
                    own = f"{triplet.removesuffix('-ocaml')}-none-static"
                    made = solo5_wrapper_texts(toolchain, triplet, own, gcc, place)
                    yield from (one for one, _ in made.values())


@pytest.mark.parametrize("toolchain", REAL.toolchains.values(), ids=lambda one: one.id)
def test_every_line_of_every_wrapper_script_has_a_reason(toolchain: Toolchain) -> None:
    for script in scripts(toolchain):
        reasons = script_reasons(script)
        assert len(reasons) == len(script.splitlines())
        for line, reason in zip(script.splitlines(), reasons, strict=True):
            assert reason.why.endswith((".", "?")), line


def test_every_reason_is_of_a_line_that_is_written() -> None:
    written = {
        line
        for toolchain in REAL.toolchains.values()
        for script in scripts(toolchain)
        for line in script.splitlines()
    }
    whys = {line_reason(line).why for line in written}
    assert [rule.match for rule in lines._rules().line if rule.why not in whys] == []
    said = {why for line in written for _word, why in line_reason(line).words}
    assert [rule.match for rule in lines._rules().word if rule.why not in said] == []


def test_the_options_that_are_the_target_s_own_are_explained() -> None:
    zig = REAL.toolchains["zig"]
    script, _ = wrappers.wrapper_texts(zig, "riscv64-linux-musl", "/opt/zig", "/opt/libc")[
        "riscv64-linux-musl-gcc"
    ]
    said = dict(word for reason in script_reasons(script) for word in reason.words)
    assert "compressed" in said["-march=rv64imafd"]
    assert said["-mabi=lp64d"]


@pytest.mark.parametrize("line", ["", "a line that nobody writes", "echo 'half of a quote", "\x00\\"])
def test_a_line_of_someone_else_has_no_reason_and_no_accident(line: str) -> None:
    assert not line_reason(line).known
