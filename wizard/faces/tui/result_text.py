"""What the result screen shows of a proof: its own values in lines, each with what it means."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from textual.content import Content

from wizard.base.sizes import PartSize, size_words
from wizard.builds.journal import OlderSwitchMoved
from wizard.catalogue.store import catalogue
from wizard.faces.tui.render import MUTED, VERDICTS, join, lines, text
from wizard.faces.tui.widgets.reader import Item, Line
from wizard.plan.model import Plan
from wizard.prove.overview import (
    MEANINGS,
    ConstantFound,
    ProgramFound,
    common_facts,
    constants_found,
    programs_found,
)
from wizard.prove.report import Comparison, Report

SIGN_WIDTH = 11


def verdict(report: Report | None, plan: Plan) -> Content:
    """The proof in one or two lines."""
    if report is None:
        return join(
            text("✓ The cross switch is built.  ", "bold $text-success"),
            f"No report of its proof lies in {plan.prefix}; ocaml-cross-wizard verify makes one.",
        )
    if report.failed:
        head = text(f"✗ The cross switch is not right: {len(report.failed)} checks failed.", "bold $text-error")
    else:
        head = text(f"✓ The cross switch works: {report.passed} checks passed.", "bold $text-success")
    if report.not_run:
        how = f"The programs were audited but not run: {report.not_run}. To run them: {report.how}"
    else:
        how = f"The programs ran {report.runner}."
    return lines(join(head, f"  Tested in {report.seconds:.1f} s."), text(how, MUTED))


def next_commands(plan: Plan, report: Report | None) -> tuple[tuple[str, str], ...]:
    """Next steps: command and what it does."""
    prefix = plan.prefix

    def inside(path: str) -> str:
        return shlex.quote(f"{prefix}/{path}")

    commands = [
        (f". {inside('env.sh')}", "puts this switch on the PATH of your shell"),
        (plan.first_command, "compiles a program for the target"),
        (f"dune build --workspace {inside('etc/dune-workspace')}", "a dune project; the file shows the context"),
        (f"OCAMLFIND_CONF={inside('etc/findlib.conf')} ocamlfind -toolchain {plan.triplet} ocamlopt -version",
         f"findlib; or copy etc/findlib.conf.d/{plan.triplet}.conf to your own"),
        (f"ocaml-cross-wizard verify {shlex.quote(prefix)}", "proves the switch again"),
    ]  # fmt: skip
    if report is not None and report.not_run:
        commands.insert(2, (report.how_to_run, f"installs what runs the programs here ({report.how})"))
    return tuple(commands)


def result_items(
    plan: Plan, report: Report | None, sizes: tuple[PartSize, ...], replaced: Sequence[OlderSwitchMoved] = ()
) -> tuple[Item, ...]:
    """The parts of the result, what to do next first; `replaced`: the switches that this one has replaced."""
    items = [_next_item(plan, report)]
    if replaced:
        items.append(_replaced_item(replaced))
    if report is not None:
        items += [_constants_item(plan, report), *_program_items(report)]
    items.append(_sizes_item(plan, sizes))
    if report is not None:
        ordered = sorted(report.comparisons, key=lambda comparison: comparison.verdict != "fail")
        rows = tuple(_comparison(comparison, comparison.group) for comparison in ordered)
        items.append(Item("All checks", f"Everything that the proof compared: {len(rows)} comparisons.", rows))
    return tuple(Item(f"{n} {item.name}", item.purpose, item.lines) for n, item in enumerate(items, 1))


def _next_item(plan: Plan, report: Report | None) -> Item:
    rows = tuple(_command(command, what) for command, what in next_commands(plan, report))
    return Item("Next steps", "Commands to continue with; ⏎ or y copies the one under the cursor.", rows)


def _replaced_item(replaced: Sequence[OlderSwitchMoved]) -> Item:
    rows = []
    for switch in replaced:
        rows.append(_command(switch.path, "the older switch, as it was"))
        rows += [
            _command(f"{switch.path}/{name}", "was added to it: install it again, or copy it")
            for name in switch.added
        ]
    purpose = "You had added to the switch that this one replaces, so it was moved and not removed."
    return Item("The older switch", purpose, tuple(rows))


def _command(command: str, what: str) -> Line:
    why = (text(command, "bold"), Content(f"{what[:1].upper()}{what[1:]}. ⏎ copies it."))
    return Line(lines(text(command, "bold"), text(f"  {what}", MUTED)), why, command, hang=4)


def _constants_item(plan: Plan, report: Report) -> Item:
    known = catalogue()
    found = constants_found(report, known.machines[plan.target], known.releases[plan.release])
    found = tuple(constant for constant in found if constant.configured or constant.measured)
    widths = [
        max(len(head), *(len(getattr(constant, field)) for constant in found), 0) + 2
        for head, field in (("constant", "name"), ("predicted", "predicted"), ("-config", "configured"))
    ]
    heads = ("constant", "predicted", "-config", "a program")
    about = "Predicted before the build, answered by ocamlopt -config, printed by a program on the target."
    rows = [Line(text(" " * SIGN_WIDTH + _columns(heads, widths), "bold"), (Content(about),))]
    rows += [_constant(constant, widths) for constant in found]
    good = sum(constant.verdict == "pass" for constant in found)
    purpose = "What the runtime of the target holds for true, predicted and measured."
    return Item(f"Runtime constants ({good} of {len(found)})", purpose, tuple(rows))


def _columns(words: tuple[str, ...], widths: list[int]) -> str:
    padded = (f"{word:<{width}}" for word, width in zip(words, widths, strict=False))
    return "".join(padded) + words[-1]


def _constant(constant_found: ConstantFound, widths: list[int]) -> Line:
    sign, style = VERDICTS[constant_found.verdict]
    words = _columns(
        (
            constant_found.name,
            constant_found.predicted,
            constant_found.configured or "-",
            constant_found.measured or "-",
        ),
        widths,
    )
    why = (text(constant_found.name, "bold"), Content(MEANINGS.get(constant_found.name, "")))
    copied = f"{constant_found.name}={constant_found.measured or constant_found.configured}"
    return Line(join(text(f"{sign:<{SIGN_WIDTH}}", style), words), why, copied, hang=SIGN_WIDTH)


def _program_items(report: Report) -> list[Item]:
    programs = programs_found(report)
    shared = common_facts(programs)
    rows = [_comparison(fact, "all programs") for fact in shared]
    names = {fact.name for fact in shared}
    for program in programs:
        rows += [_comparison(fact, program.name) for fact in program.facts if fact.name not in names]
    facts = Item("The programs", "What the proof's programs are, read from their files.", tuple(rows))
    how = f"not run: {report.not_run}" if report.not_run else f"run {report.runner}"
    ran = [_run(program, how) for program in programs]
    return [
        facts,
        Item("Test results", f"The proof's programs, {how}.", tuple(row for rows_ in ran for row in rows_)),
    ]


def _run(program: ProgramFound, how: str) -> list[Line]:
    good = sum(comparison.verdict == "pass" for comparison in program.ran)
    head = text(f"{program.name}: {good} of {len(program.ran)} as expected", "bold")
    return [
        Line(head, (head, Content(f"This program was {how}."))),
        *(_comparison(comparison, "") for comparison in program.ran),
    ]


def _comparison(comparison: Comparison, group: str) -> Line:
    sign, style = VERDICTS[comparison.verdict]
    differs = comparison.found != comparison.expected
    said = join(
        text(f"{sign:<{SIGN_WIDTH}}", style),
        text(f"{group}  " if group else "", MUTED),
        f"{comparison.name}  {comparison.found}",
        text(f"  expected {comparison.expected}", MUTED) if differs else "",
    )
    why = (
        text(f"{comparison.group}: {comparison.name}", "bold"),
        Content(
            f"Expected {comparison.expected}, found {comparison.found}."
            if differs
            else f"{comparison.found}, as expected."
        ),
    )
    return Line(said, why, hang=SIGN_WIDTH)


def _sizes_item(plan: Plan, sizes: tuple[PartSize, ...]) -> Item:
    rows = [_size(plan.prefix, size) for size in sizes] or [Line(text("adding up …", MUTED))]
    return Item("Sizes", f"The room on the disk. The prefix is {plan.prefix}", tuple(rows))


def _size(prefix: str, part_size: PartSize) -> Line:
    path = f"{prefix}/{part_size.path}".rstrip("/")
    seen = join(
        text(f"{size_words(part_size.size):>9}  ", "bold"),
        part_size.path or path,
        text(f"  {part_size.what}", MUTED),
    )
    why = (
        text(path, "bold"),
        Content(f"{part_size.what[:1].upper()}{part_size.what[1:]}: {part_size.size} bytes on the disk."),
    )
    return Line(seen, why, path, hang=11)
