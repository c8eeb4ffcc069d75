"""Scripts as lines with reasons: filled, joined, and no part of a stage's digest."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.steps import actions as a
from wizard.steps.drafts import Draft, chain
from wizard.steps.script import Line, filled, script_text


def test_a_template_is_filled_in_every_line_and_keeps_its_reasons() -> None:
    lines = (Line("exec {tool} ${{x}}", "Why."), Line("exit 0", "End."))
    assert script_text(filled(lines, tool="ld")) == "exec ld ${x}\nexit 0\n"
    assert [line.why for line in filled(lines, tool="ld")] == ["Why.", "End."]


def test_the_reasons_of_a_script_are_no_part_of_what_a_stage_depends_on(tmp_path: Path) -> None:
    plain = a.WriteFile("/f", "exit 0\n", "ends")
    explained = msgspec.structs.replace(plain, lines=(Line("exit 0", "End."),))
    digests = {
        chain([Draft("one", "One", "Why.", (action,))], tmp_path, shared=False)[0].digest
        for action in (plain, explained)
    }
    assert len(digests) == 1
    other = msgspec.structs.replace(plain, text="exit 1\n")
    assert chain([Draft("one", "One", "Why.", (other,))], tmp_path, shared=False)[0].digest not in digests
