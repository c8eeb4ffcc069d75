"""What is an error, a warning, a command: the diagnosis and the log on the screen say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.logs.cause import find_cause
from wizard.logs.kinds import kind_of
from wizard.logs.levels import grave_lines, level_of
from wizard.logs.matchers import BuildFacts, matchers

LOGS = sorted((Path(__file__).parent / "build_logs").rglob("*.log"))


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b"+ cd /tree && make world", "command"),
        (b"  OCAMLC utils/config.cmi", "command"),
        (b"gcc -c -O2 x.c", "command"),
        (b"make[1]: Entering directory '/x'", "command"),
        (b"x.c:3:5: error: expected ';'", "error"),
        (b"make: *** [Makefile:3: all] Error 2", "error"),
        (b"configure: error: no acceptable C compiler found in $PATH", "error"),
        (b"\x1b[1mx.c:3: \x1b[31merror: \x1b[0mno\x1b[0m", "error"),
        (b"x.c:3:5: warning: unused variable", "warning"),
        (b"configure: WARNING: unrecognized options", "warning"),
        (b'Warning 8 [partial-match]: this pattern-matching is not exhaustive.', "warning"),
        (b"make: [Makefile:9: clean] Error 1 (ignored)", "warning"),
        (b"checking for gcc... gcc", ""),
        (b"checking for errors in nothing... no", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_the_level_of_a_line(line: bytes, level: str) -> None:
    assert level_of(line) == level


@pytest.mark.parametrize("log", LOGS, ids=[path.stem for path in LOGS])
def test_the_errors_of_real_logs_are_marked(log: Path) -> None:
    """What the diagnosis takes for an error of a real failing build can be jumped to in the log."""
    data = log.read_bytes()
    with log.open("rb") as file:
        found = find_cause(file, BuildFacts())
    marked = {number + 1 for number, level in grave_lines(data) if level == "error"}
    for line in [*found.suspects, *([found.ended] if found.ended else [])]:
        if kind_of(line.text) in ("error", "end"):
            assert line.number in marked, line.text


def test_a_fix_that_the_wizard_applies_holds_no_placeholder() -> None:
    for code, matcher in matchers().items():
        for fix in matcher.fixes:
            for value in (*fix.changes.values(), *fix.environment.values()):
                assert "PREFIX" not in value, code
                assert "/path/" not in value, code
                assert "{" not in value, code
