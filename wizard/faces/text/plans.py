"""Plans, findings and lists as text and as JSON, for the commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Preset
from wizard.check.findings import Finding, errors
from wizard.faces.text.folding import folded

if TYPE_CHECKING:
    from wizard.check.constants import ConstantRow
    from wizard.check.explain import Explanation
    from wizard.doctor.verdict import Diagnosis, Result
    from wizard.plan.model import Plan, PlannedPatch
    from wizard.prove.compare import Reason, SwitchComparison
    from wizard.prove.inspection import Inspection
    from wizard.session.session import Checked


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns of equal width, two spaces between them."""
    whole = [header, *rows]
    widths = [max(len(row[column]) for row in whole) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in whole
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def as_json(value: object) -> str:
    """A value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def finding_text(finding: Finding) -> str:
    """One finding as lines: code and what, why, and each fix."""
    lines = [f"{finding.severity}[{finding.code}]: {finding.what}", f"  why: {finding.why}"]
    lines += [f"  fix: {fix.words}" for fix in finding.fixes]
    return "\n".join(lines)


def explanation_text(explanation: Explanation) -> str:
    """The long text of a code."""
    parts = [f"{explanation.severity}[{explanation.code}]: {explanation.what}"]
    if explanation.exit_code:
        parts[0] += f"\n  (leaves with exit code {explanation.exit_code})"
    each_its_own = explanation.why.startswith("<")
    if not each_its_own:
        parts.append(f"Why\n  {folded(explanation.why)}")
    if explanation.examples:
        whys = each_its_own or explanation.of == "error"
        said = [
            f"  {folded(what, 4)}" + (f"\n      {folded(why, 6)}" if why and whys else "")
            for what, why in explanation.examples
        ]
        heading = _EXAMPLES.get(explanation.of, "For example")
        parts.append(f"{heading}\n" + "\n".join(said))
    if explanation.confirm:
        parts.append(f"Check it yourself\n  {folded(explanation.confirm)}")
    parts.append(
        "What to do\n" + "\n".join(f"  {n}. {folded(cure, 5)}" for n, cure in enumerate(explanation.cure, 1))
    )
    if explanation.source:
        parts.append(f"Source\n  {folded(explanation.source)}")
    return "\n\n".join(parts)


_EXAMPLES = {"check": "What it may come to", "error": "It may also say"}
"""The heading of an explanation's examples, where they are no examples."""


def codes_text(found: Iterable[Explanation]) -> str:
    """Every code as a table: findings, errors, checks."""
    rows = [
        (
            explanation.code,
            explanation.of,
            explanation.severity if explanation.of == "finding" else "",
            explanation.what,
        )
        for explanation in found
    ]
    return table(("code", "of", "severity", "what it says"), rows)


def diagnosis_text(found: Diagnosis, width: int = 100) -> str:
    """What the doctor found, `width` wide: each group with its facts, what was not looked at, the verdict."""
    from wizard.doctor.groups import GROUPS

    titles = max(len(result.title) for result in found.results)
    parts = ["\n".join([found.about, found.selection]).rstrip()]
    for group, heading in GROUPS.items():
        inside = [_result_text(result, titles, width) for result in found.results if result.group == group]
        if inside:
            parts.append("\n".join([heading, *inside]))
    if found.skipped:
        whys: dict[str, list[str]] = {}
        for check in found.skipped:
            whys.setdefault(check.why, []).append(check.title)
        skipped = (f"  {', '.join(titles)}: {why}" for why, titles in whys.items())
        parts.append("Not looked at\n" + "\n".join(skipped))
    parts.append(f"verdict: {found.verdict}")
    return "\n\n".join(parts)


def _result_text(result: Result, titles: int, width: int) -> str:
    """A fact as lines: severity, title, evidence, and below it the command that fixes it."""
    code = "" if result.severity == "ok" else f"  [{result.code}]"
    indent = titles + 13
    evidence = folded(result.evidence + code, indent, max(width, indent + 30))
    line = f"  {result.severity:<8} {result.title:<{titles}}  {evidence}"
    return f"{line}\n{'':<{indent}}fix: {result.fix}" if result.fix else line


def checked_text(checked: Checked) -> str:
    """A check as text: who is who, the constants, the findings, the verdict."""
    selection, place = checked.preset.selection, checked.resolved
    parts = [
        f"{place.release.title} on {place.host.id if place.host else '?'} for {place.target.id}, "
        f"{place.libc.title}, by {place.toolchain.title} ({place.triplet or 'no triplet'})",
        f"host compiler: {selection.host_compiler}    prefix: {checked.prefix}",
    ]
    if checked.constants:
        rows = [(c.name, c.host, c.target, _agreement(c)) for c in checked.constants]
        parts.append(table(("runtime constant", "host", "target", "agree"), rows))
    parts += [finding_text(finding) for finding in checked.findings]
    parts.append("verdict: it can be built" if checked.possible else "verdict: it cannot be built like this")
    return "\n\n".join(parts)


def _agreement(row: ConstantRow) -> str:
    return "yes" if row.agree else "no, and this release allows for it" if row.allowed else "NO"


def checked_json(checked: Checked) -> str:
    """A check as JSON: selection, prefix, constants, findings, possible."""
    return as_json(
        {
            "selection": msgspec.to_builtins(checked.preset.selection),
            "triplet": checked.resolved.triplet,
            "prefix": str(checked.prefix),
            "constants": checked.constants,
            "findings": checked.findings,
            "possible": checked.possible,
        }
    )


def plan_text(plan: Plan) -> str:
    """A whole plan as text, in the order in which it is carried out."""
    return "\n\n".join(plan_parts(plan).values())


def plan_parts(plan: Plan) -> dict[str, str]:
    """The text of a plan by its parts, in the order in which they are read."""
    heading = f"Plan {plan.id}: {plan.release} on {plan.host} for {plan.triplet}"
    places = f"prefix: {plan.prefix}\nhost compiler: {plan.host_prefix} ({plan.host_compiler})"
    flags = ["Configure flags\n" + "\n".join(f"  {flag.flag}\n      {flag.reason}" for flag in plan.flags)]
    if plan.host_flags:
        host = [f"  {flag.flag}\n      {flag.reason}" for flag in plan.host_flags]
        flags.append("Configure flags of the host compiler\n" + "\n".join(host))
    environment = [f"  {v.name}={v.value}\n      {v.reason}" for v in plan.environment]
    if plan.scrubbed:
        environment.append(f"  not passed on: {', '.join(plan.scrubbed)}")
    patches = "\n".join(map(_patch_line, plan.patches)) or "  none"
    wrappers = [
        f"Wrapper script {wrapper.path.rsplit('/', 1)[-1]}: {wrapper.purpose}\n{_indented(wrapper.text)}"
        for wrapper in plan.wrappers
    ]
    files = [
        f"  {plan.prefix}{file.path.removeprefix(plan.staging)}  # {file.purpose}" for file in plan.switch_files
    ]
    stages = []
    for number, stage in enumerate(plan.stages, 1):
        lines = [f"  {action.describe()}" for action in stage.actions]
        shared = " (shared by all targets)" if stage.shared else ""
        stages.append(f"Stage {number}/{len(plan.stages)} {stage.id}: {stage.title}{shared}\n" + "\n".join(lines))
    return {
        "in short": f"{heading}\n\n{places}",
        "configure flags": "\n\n".join(flags),
        "environment": "Environment (nothing else is passed on)\n" + "\n".join(environment),
        "patches": "Patches\n" + patches,
        "wrapper scripts": "\n\n".join(wrappers),
        "files of the switch": "Files of the switch beside OCaml's own\n" + "\n".join(files),
        "stages": "\n\n".join(stages),
    }


def _patch_line(patch: PlannedPatch) -> str:
    words = f"\n      {patch.title}: {patch.reason}\n      wanted by {patch.wanted_by}" if patch.own else ""
    return f"  {patch.name} (sha256 {patch.sha256}), changes {', '.join(patch.touches)}{words}"


def _indented(text: str) -> str:
    return "\n".join(f"  | {line}" for line in text.splitlines())


def presets_text(presets: dict[str, Preset]) -> str:
    """The presets as a table."""
    rows = [(name, preset.selection.release, preset.about) for name, preset in presets.items()]
    return table(("preset", "release", "what it gives"), rows)


def presets_json(presets: dict[str, Preset]) -> str:
    """The presets as JSON, by name."""
    return as_json({name: msgspec.to_builtins(preset) for name, preset in presets.items()})


def _targets(catalogue: Catalogue) -> list[dict[str, str | list[str]]]:
    return [
        {
            "machine": machine_id,
            "libc": libc.id,
            "triplet": triplet,
            "title": catalogue.machines[machine_id].title,
            "toolchains": [t.id for t in catalogue.toolchains.values() if triplet in t.targets],
            "missing": next(
                (t.unbuilt.why for t in catalogue.toolchains.values() if triplet in t.targets and t.unbuilt), ""
            ),
            "releases": [
                release.id
                for release in catalogue.releases.values()
                if catalogue.machines[machine_id].ocaml_arch in release.native
                and release.id in (libc.releases or (release.id,))
                and catalogue.has_ports(catalogue.machines[machine_id].os, release.id)
            ],
        }
        for libc in catalogue.libcs.values()
        for machine_id, triplet in libc.triplets.items()
    ]


def targets_text(catalogue: Catalogue) -> str:
    """The targets as a table."""
    rows = [
        (
            str(t["triplet"]),
            str(t["machine"]),
            str(t["libc"]),
            ", ".join(t["toolchains"]) + (" (untested: cannot be built yet)" if t["missing"] else ""),
            ", ".join(t["releases"]),
        )
        for t in _targets(catalogue)
    ]
    return table(("triplet", "machine", "C library", "C toolchain", "releases"), rows)


def targets_json(catalogue: Catalogue) -> str:
    """The targets as JSON."""
    return as_json(_targets(catalogue))


def inspection_text(inspection: Inspection, catalogue: Catalogue) -> str:
    """An inspection as text: what it is, its facts, the findings, the verdict."""
    rows = list(inspection.facts.items())
    if inspection.kind != "config":  # a configuration's facts have OCaml's own names
        rows = [(name.replace("_", " "), value) for name, value in rows]
    label = "for"
    for id_ in inspection.machines:
        rows.append((label, f"{id_}: {catalogue.machines[id_].title}"))
        label = "or"
    width = max((len(name) for name, _value in rows), default=0)
    lines = [f"{inspection.name}: {inspection.title}", *(f"  {name:<{width}}  {value}" for name, value in rows)]
    count = len(errors(inspection.findings))
    verdict = (
        f"verdict: {count} contradiction{'s' * (count != 1)}" if count else "verdict: nothing contradicts itself"
    )
    return "\n\n".join(["\n".join(lines), *map(finding_text, inspection.findings), verdict])


def inspections_json(inspections: Sequence[Inspection]) -> str:
    """Inspections as JSON, in their order."""
    return as_json(inspections)


def comparison_text(found: SwitchComparison, reasons: dict[str, Reason]) -> str:
    """Two switches side by side: what differs without a reason, each reason with its files, the verdict."""
    parts = []
    if found.unexplained:
        lines = (f"  {difference.path}: {difference.what}" for difference in found.unexplained)
        parts.append("Different\n" + "\n".join(lines))
    for id_, reason in reasons.items():
        paths = [difference.path for difference in found.differences if difference.reason == id_]
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            parts.append(f"The same but for {reason.title}: {paths[0]}{more}\n  {folded(reason.why)}")
    number = len(found.unexplained)
    verdict = f"{number} paths differ without a reason that is known" if number else "the switches are the same"
    known = len(found.differences) - number
    parts.append(f"verdict: {verdict} ({found.same} paths equal, {known} but for what is named above)")
    return "\n\n".join(parts)
