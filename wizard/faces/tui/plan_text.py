"""What the review shows of a plan: its own values in lines, each with its reason; nothing is computed again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from textual.content import Content

from wizard.faces.tui.render import MUTED, clock, join, text
from wizard.faces.tui.widgets.reader import Item, Line
from wizard.plan.model import Plan, PlannedPatch, Variable
from wizard.steps.actions import AnyAction, Run, WriteFile
from wizard.steps.flag import Flag
from wizard.steps.stage import Stage

KEY = "bold $text-accent"
FADED = ("Token.Comment", "Token.Literal.String.Backtick")


def flag_items(plan: Plan) -> tuple[Item, ...]:
    """Every configure flag with its reason."""
    target = f"configure for the target {plan.triplet}"
    items = [Item(target, "Each flag of the target's configure.", tuple(map(_flag, plan.flags)))]
    if plan.host_flags:
        purpose = "Each flag of the host compiler's configure."
        items.append(Item("configure for the host compiler", purpose, tuple(map(_flag, plan.host_flags))))
    return tuple(items)


def _flag(flag: Flag) -> Line:
    return Line(text(flag.flag, KEY), _reason(flag.flag, flag.reason), flag.flag, hang=4)


def _reason(head: str, why: str) -> tuple[Content, ...]:
    return (text(head, "bold"), Content(sentence(why)))


def sentence(words: str) -> str:
    """Words that begin with a capital and end in a full stop."""
    whole = words[:1].upper() + words[1:]
    return whole if not whole or whole.endswith((".", "?", "!")) else f"{whole}."


def variable_items(plan: Plan) -> tuple[Item, ...]:
    """Every variable that a command of the build gets, and those that are removed."""
    seen = Item(
        "what the build's commands see",
        "These variables and no others are passed on to the commands of the build.",
        tuple(map(_variable, plan.environment)),
    )
    why = "It is set in your environment and would change what is built: the build does not see it."
    removed = tuple(Line(text(name, KEY), _reason(name, why)) for name in plan.scrubbed)
    if not removed:
        removed = (Line(text("none of those that change a build is set here", MUTED)),)
    return (seen, Item("removed from your environment", why, removed))


def _variable(variable: Variable) -> Line:
    # One entry of a path a line, where there are several.
    value = (
        variable.value.replace(":", f":\n{' ' * (len(variable.name) + 1)}")
        if variable.name == "PATH"
        else variable.value
    )
    copied = f"{variable.name}={variable.value}"
    return Line(
        join(text(variable.name, KEY), f"={value}"),
        _reason(variable.name, variable.reason),
        copied,
        len(variable.name) + 1,
    )


def wrapper_items(plan: Plan) -> tuple[Item, ...]:
    """The wrapper scripts, with the reason of every line."""
    items = []
    for wrapper in plan.wrappers:
        rows = zip(_coloured(wrapper.text, "sh"), wrapper.text.splitlines(), _reasons(wrapper), strict=False)
        shown = tuple(Line(seen, why, line, hang=4) for seen, line, why in rows)
        items.append(Item(wrapper.path.rsplit("/", 1)[-1], sentence(wrapper.purpose), shown, wrapper.text))
    return tuple(items)


def _reasons(file: WriteFile) -> Iterator[tuple[Content, ...]]:
    """For each line of a script why it is there, and what its options do; nothing where no reason is known."""
    if isinstance(file.lines, msgspec.UnsetType):  # planned by an older wizard
        yield from (() for _ in file.text.splitlines())
        return
    for line in file.lines:
        options = [join(text(option.text, KEY), f"  {option.why}") for option in line.options]
        yield (Content(line.why), *options)


def patch_items(plan: Plan) -> tuple[Item, ...]:
    """The patches as diffs."""
    return tuple(_patch_item(patch) for patch in plan.patches)


def _patch_item(patch: PlannedPatch) -> Item:
    digest = f"sha256 {patch.sha256[:16]}…; changes {', '.join(patch.touches)}"
    words = f"{patch.title}: {patch.reason} Wanted by {patch.wanted_by}. {digest}" if patch.own else digest
    why = (text(patch.title or patch.name, "bold"), Content(patch.reason or digest))
    shown = tuple(Line(text(line, _diff_style(line)), why, line) for line in patch.text.splitlines())
    return Item(patch.name, words, shown, patch.text)


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---", "diff ")):
        return "bold"
    return {"+": "$text-success", "-": "$text-error", "@": "$text-accent"}.get(line[:1], "")


def diff_lines(diff: str) -> tuple[Line, ...]:
    """A diff in its colours; its signs say the same without them."""
    return tuple(Line(text(line, _diff_style(line)), (), line, hang=1) for line in diff.splitlines())


def file_items(plan: Plan) -> tuple[Item, ...]:
    """The files that the wizard writes into the switch, named as they will stand below the prefix."""
    items = []
    for file in plan.switch_files:
        name = file.path.removeprefix(f"{plan.staging}/")
        why = (text(name, "bold"), Content(sentence(file.purpose)))
        rows = zip(_coloured(file.text, _language(file)), file.text.splitlines(), strict=False)
        shown = tuple(Line(seen, why, line) for seen, line in rows)
        items.append(Item(name, sentence(file.purpose), shown, file.text))
    return tuple(items)


def _language(file: WriteFile) -> str:
    return "sh" if file.text.startswith("#!/bin/sh") or file.path.endswith(".sh") else ""


def stage_items(plan: Plan) -> tuple[Item, ...]:
    """The stages with their commands, in the words of the plan itself."""
    return tuple(_stage_item(number, stage) for number, stage in enumerate(plan.stages, 1))


def _stage_item(number: int, stage: Stage) -> Item:
    shared = " Shared by all targets of this release." if stage.shared else ""
    shown = [_action(count, action, stage) for count, action in enumerate(stage.actions, 1)]
    why = (
        text("Done when this is there", "bold"),
        Content("What the stage makes: it is looked for, and not made again."),
    )
    shown += [Line(text(f"→ {output}", MUTED), why, output, hang=2) for output in stage.outputs]
    purpose = f"{stage.why}{shared} About {clock(stage.seconds)} where it was measured (2 cores)."
    commands = "".join(f"{action.describe()}\n" for action in stage.actions)
    return Item(f"{number:>2}. {stage.title}", purpose, tuple(shown), commands)


def _action(count: int, action: AnyAction, stage: Stage) -> Line:
    why = action.why if isinstance(action, Run) and action.why else stage.why
    if isinstance(action, WriteFile):
        why = action.purpose
    head = text(f"{stage.title}, step {count} of {len(stage.actions)}", "bold")
    words = action.describe()
    return Line(Content(f"{count}. {words}"), (head, Content(sentence(why))), words, hang=3)


def _coloured(body: str, language: str) -> list[Content]:
    """The lines of `body` with the colours of its language; as they are where there is none."""
    if not language:
        return [Content(line) for line in body.splitlines()]
    from textual.highlight import HighlightTheme, highlight

    class Readable(HighlightTheme):
        """Textual's colours, but for those that fade into the ground."""

        STYLES = {  # noqa: RUF012 - as Textual has it
            token: MUTED if str(token) in FADED else re.sub(r" \d+%", "", style)
            for token, style in HighlightTheme.STYLES.items()
        }

    return list(highlight(body, language=language, theme=Readable).split("\n", allow_blank=True))
