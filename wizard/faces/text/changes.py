"""What changes between two selections as text and as JSON, for the command."""

from __future__ import annotations

from wizard.faces.text.folding import folded
from wizard.faces.text.plans import as_json
from wizard.session.changes import Changes, Difference, Part

WIDTH = 100


def changes_text(found: Changes) -> str:
    """All changes, part by part: `-` is the first selection's, `+` the second's; a reason stands below."""
    parts = [f"from  {found.before}\nto    {found.after}"]
    parts += [_part_text(part) for part in found.parts if part.differences]
    if found.absent:
        parts.append(f"The plans are not compared: {found.absent}")
    same = ", ".join(
        f"{part.title.lower()} ({part.same})" for part in found.parts if not part.differences and part.same
    )
    if same:
        parts.append(f"The same: {same}")
    parts.append(f"{found.count} difference{'s' * (found.count != 1)}" if found.count else "nothing changes")
    return "\n\n".join(parts)


def _part_text(part: Part) -> str:
    more = f" ({part.same} the same)" if part.same else ""
    return "\n".join([f"{part.title}{more}", *map(_difference_text, part.differences)])


def _difference_text(difference: Difference) -> str:
    lines = [f"  {difference.name}"]
    if difference.diff:
        lines += [f"    {line}" for line in difference.diff.splitlines()]
    else:
        lines += [
            _folded(sign, words) for sign, words in (("-", difference.before), ("+", difference.after)) if words
        ]
    if difference.why:
        lines.append(_folded("why:", difference.why))
    return "\n".join(lines)


def _folded(sign: str, words: str) -> str:
    return f"    {sign} {folded(words, 5 + len(sign), WIDTH)}"


def changes_json(found: Changes) -> str:
    """All changes as JSON."""
    return as_json(found)
