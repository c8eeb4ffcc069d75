"""What the review shows of a plan: its own values, put into lines; nothing is computed anew."""

from __future__ import annotations

from textual.content import Content

from wizard.plan.actions import WriteFile
from wizard.plan.model import Flag, Plan, Variable
from wizard.tui.hanging import Hanging, hanging
from wizard.tui.render import MUTED, clock, join, lines, text
from wizard.tui.widgets.browser import Item


def flags_text(plan: Plan) -> Hanging:
    """Every configure flag with its reason."""
    parts = [text(f"configure for the target {plan.triplet}", "bold underline"), *_flags(plan.flags)]
    if plan.host_flags:
        parts += [Content(""), text("configure for the host compiler", "bold underline"), *_flags(plan.host_flags)]
    return hanging(*parts)


def _flags(flags: tuple[Flag, ...]) -> list[Content]:
    return [lines(text(one.flag, "bold $text-accent"), text(f"    {one.reason}", MUTED)) for one in flags]


def environment_text(plan: Plan) -> Hanging:
    """Every variable that a command of the build gets, and those that are removed."""
    parts = [text("The commands of the build see these variables and no others", "bold underline")]
    parts += [_variable(one) for one in plan.environment]
    removed = ", ".join(plan.scrubbed) or "none of those that change a build is set here"
    return hanging(*parts, "", text("Removed from your environment", "bold underline"), removed)


def _variable(one: Variable) -> Content:
    # One entry of a path a line, where there are several.
    value = one.value.replace(":", f":\n{' ' * (len(one.name) + 1)}") if one.name == "PATH" else one.value
    return lines(join(text(one.name, "bold $text-accent"), f"={value}"), text(f"    {one.reason}", MUTED))


def wrapper_items(plan: Plan) -> tuple[Item, ...]:
    """The wrapper scripts."""
    return tuple(Item(_name(one.path), one.purpose, one.text, "sh") for one in plan.wrappers)


def patch_items(plan: Plan) -> tuple[Item, ...]:
    """The patches as diffs."""
    return tuple(Item(one.name, f"sha256 {one.sha256[:16]}…", one.text, "diff") for one in plan.patches)


def file_items(plan: Plan) -> tuple[Item, ...]:
    """The files that the wizard writes into the switch, named as they will stand below the prefix."""
    return tuple(
        Item(one.path.removeprefix(f"{plan.staging}/"), one.purpose, one.text, _language(one))
        for one in plan.switch_files
    )


def stage_items(plan: Plan) -> tuple[Item, ...]:
    """The stages with their commands, in the words of the plan itself."""
    items = []
    for number, stage in enumerate(plan.stages, 1):
        shared = " Shared by all targets of this release." if stage.shared else ""
        commands = "\n".join(f"{count}. {action.describe()}" for count, action in enumerate(stage.actions, 1))
        outputs = "\n".join(stage.outputs)
        body = f"{stage.why}{shared}\n\n{commands}\n\nDone when this is there:\n{outputs}"
        items.append(Item(f"{number:>2}. {stage.title}", f"about {clock(stage.seconds)}", body, hang=3))
    return tuple(items)


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _language(file: WriteFile) -> str:
    return "sh" if file.text.startswith("#!/bin/sh") or file.path.endswith(".sh") else ""
