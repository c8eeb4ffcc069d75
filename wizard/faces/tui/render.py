"""Turns values into styled text. No colour stands alone: each state has its sign and its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from wizard.faces.tui.hanging_indent import HangingText, hanging_text

if TYPE_CHECKING:
    from wizard.check.findings import Finding, Fix
    from wizard.session.questions import Explained

MUTED = "$muted"
"""The style of what is read second; each theme has its own, which is still easy to read (themes.py)."""

SIGNS = {"error": "✗ error", "warning": "! warning", "note": "i note"}
STYLES = {"error": "$text-error", "warning": "$text-warning", "note": "$text-secondary"}

STATES = {
    "waiting": ("·", "waiting", MUTED),
    "running": ("▶", "running", "$text-accent bold"),
    "done": ("✓", "done", "$text-success"),
    "skipped": ("✓", "kept", "$text-success"),
    "failed": ("✗", "failed", "$text-error bold"),
    "cancelled": ("■", "stopped", "$text-warning"),
}

FACTS = {
    "failure": ("✗ failure", "$text-error"),
    "warning": ("! warning", "$text-warning"),
    "note": ("i note", "$text-secondary"),
    "ok": ("✓ ok", "$text-success"),
    "skipped": ("- unseen", MUTED),
}
"""What the doctor has to say of a fact; skipped: it was not looked at."""

VERDICTS = {
    "pass": ("✓ pass", "$text-success"),
    "fail": ("✗ FAIL", "$text-error bold"),
    "not-run": ("- not run", MUTED),
}

CELLS: dict[str, tuple[str, str]] = {
    "works": ("✓ works", "$text-success"),
    "untested": ("· untested", MUTED),
    "refused": ("✗ refused", "$text-error"),
}


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss, for columns."""
    whole = int(seconds + 0.5)
    minutes, second = divmod(whole, 60)
    return f"{minutes}:{second:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{second:02d}"


def text(words: str, style: str = "") -> Content:
    """`words` as they are, never read as markup."""
    return Content.styled(words, style)


def join(*parts: Content | str) -> Content:
    """Parts put together; plain strings are taken as they are."""
    return Content("").join([part if isinstance(part, Content) else Content(part) for part in parts])


def lines(*parts: Content | str) -> Content:
    """Parts below each other."""
    return Content("\n").join([part if isinstance(part, Content) else Content(part) for part in parts])


def explained(what: Explained, *, compact: bool = False) -> Content:
    """The side panel's text; compact where there is little room: headings on the line of their text."""
    blocks: list[Content] = [text(what.title, "bold"), Content(what.about)]
    for heading, words in what.parts:
        if compact:
            blocks.append(join(text(f"{heading}: ", "bold $text-accent"), words))
            continue
        blocks.append(join("\n", text(heading, "bold $text-accent")))
        blocks.append(Content(words))
    if what.link:
        blocks.append(join("" if compact else "\n", text(what.link, "$text-secondary underline")))
    return lines(*blocks)


def finding_line(finding: Finding) -> Content:
    """A finding on one line: its severity as a word, then what it says."""
    return join(text(f"{SIGNS[finding.severity]}: ", STYLES[finding.severity]), finding.what)


def fix_line(fix: Fix) -> str:
    """A fix in words, its command behind it."""
    return fix.words


def finding_block(finding: Finding) -> HangingText:
    """A finding with its code and its reason."""
    return hanging_text(
        join(finding_line(finding), text(f"  [{finding.code}]", MUTED)),
        text(f"  why: {finding.why}", MUTED),
        hang=4,
    )


def counted(findings: tuple[Finding, ...]) -> str:
    """How many findings of each severity there are, in words."""
    parts = []
    for severity, word in (("error", "error"), ("warning", "warning"), ("note", "note")):
        number = sum(finding.severity == severity for finding in findings)
        if number:
            parts.append(f"{number} {word}{'s' if number > 1 else ''}")
    return ", ".join(parts) or "none"
