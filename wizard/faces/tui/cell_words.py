"""What there is to say of one cell of the matrix, for its line, its panel and its page."""

from __future__ import annotations

import msgspec
from textual.content import Content

from wizard.catalogue.model import Catalogue
from wizard.check.findings import Finding, Fix, errors
from wizard.check.matrix import Cell, cell_of
from wizard.check.resolved import ResolvedSelection
from wizard.faces.tui.render import CELLS, MUTED, fix_line, join, text
from wizard.session.questions import Explained, machine_facts

VERDICT_WIDTH = 12


def title_of(cell: Cell, known: Catalogue) -> str:
    """Machine and C library by their titles."""
    machine = known.machines[cell.target].title
    return f"{machine}, {known.libcs[cell.libc].title}" if cell.libc else machine


def line_of(cell: Cell, target: int, libc: int) -> Content:
    """One line of the list: verdict, target, C library, and why or when; widths are those of the columns."""
    sign, style = CELLS[cell.verdict]
    return join(
        text(f"{sign:<{VERDICT_WIDTH}}", style),
        f"{cell.target:<{target}}",
        f"{cell.libc or '-':<{libc}}",
        text(_short(cell), MUTED),
    )


def _short(cell: Cell) -> str:
    if cell.codes:
        return ", ".join(cell.codes)
    if cell.evidence is None:
        return ""
    return f"{cell.evidence.date}, {cell.evidence.ran}" if cell.evidence.ran else "built, not run"


def verdict_words(cell: Cell, known: Catalogue) -> str:
    """The verdict as a sentence with its evidence."""
    evidence = cell.evidence
    if cell.verdict == "refused":
        return "It cannot work like this."
    if evidence is None and known.toolchains[cell.toolchain].unbuilt:
        return "The catalogue has its sources, and the wizard cannot build it yet: its page says what is missing."
    if evidence is None:
        return "Nothing speaks against it, but no build of it is on record: the proof at its end would decide."
    toolchain = f"{known.toolchains[evidence.toolchain].title} {evidence.toolchain_version}"
    built = f"Built with {toolchain} and wizard {evidence.wizard}"
    if evidence.ran:
        return f"{built}, its programs run {evidence.ran} on {evidence.date}: {evidence.passed} checks passed."
    audited = f"its programs audited ({evidence.passed} checks) but not run: that is no proof."
    return f"{built} on {evidence.date}, {audited}"


def best_fix(resolved: ResolvedSelection, findings: tuple[Finding, ...]) -> Fix | None:
    """The first offered selection that is not refused itself."""
    for fix in (fix for error in errors(findings) for fix in error.fixes):
        if (
            fix.selection is not None
            and not cell_of(resolved.changed(msgspec.structs.asdict(fix.selection))).codes
        ):
            return fix
    return None


def cell_explained(cell: Cell, resolved: ResolvedSelection, findings: tuple[Finding, ...]) -> Explained:
    """A cell in the panel: its verdict and why, what would work instead, what it is."""
    sign, known = CELLS[cell.verdict][0], resolved.catalogue
    about = f"{sign}. {verdict_words(cell, known)}"
    parts: list[tuple[str, str]] = [("Command", cell.evidence.command)] if cell.evidence else []
    if cell.codes:
        first, *more = (f"{finding.what}." for finding in findings if finding.code in cell.codes)
        about = f"{sign}: {first}"
        fix = best_fix(resolved, findings)
        parts += [("What would work", f"{fix_line(fix)}.")] if fix else []
        parts += [("Besides", why) for why in more]
    else:
        parts += [
            ("Here", f"{finding.what}.")
            for finding in findings
            if finding.severity != "note" or finding.about == "target"
        ]
    parts.append(("Triplet", resolved.triplet or "none"))
    parts.append(("Target", f"{machine_facts(resolved.target)}. {resolved.target.about}"))
    return Explained(title_of(cell, known), about, tuple(parts))


def cell_facts(cell: Cell, resolved: ResolvedSelection) -> tuple[tuple[str, str], ...]:
    """A cell on its page: names and values, the verdict first."""
    known, evidence = resolved.catalogue, cell.evidence
    host = resolved.host.title if resolved.host else cell.host
    facts = [
        ("Verdict", f"{CELLS[cell.verdict][0]}. {verdict_words(cell, known)}"),
        ("Host", host),
        ("Target", title_of(cell, known)),
        ("Triplet", resolved.triplet or "none"),
        ("Release", f"{resolved.release.title}, by the C toolchain {resolved.toolchain.title}"),
    ]
    if evidence is not None:
        facts += [
            ("Source", f"{evidence.source_file}, sha256 {evidence.source_sha256[:16]}…"),
            ("Command", evidence.command),
        ]
    return tuple(facts)
