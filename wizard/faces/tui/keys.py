"""The keys that all screens share, and what footer, help and palette say of the keys that apply."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from textual.binding import Binding

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen

BACK = Binding("escape", "back", "Back", id="back")
NEXT = Binding("right", "next", "Next", show=False, id="next")
QUIT = Binding("q", "app.quit", "Quit", id="quit")
UNDO = Binding("u", "undo", "Undo", show=False, id="undo")
REDO = Binding("ctrl+r", "redo", "Redo", show=False, id="redo")
WHAT_IF = Binding("w", "what_if", "What if", id="what-if")
COPY = Binding("y", "copy", "Copy", show=False, id="copy")
COPY_ALL = Binding("Y", "copy_all", "Copy the whole", key_display="Y", show=False, id="copy-all")
HELP = Binding("question_mark,f1", "help", "Help", key_display="?", id="help")

Group = Literal["here", "move", "type", "everywhere"]

MOVES = {
    "cursor_up": "Up",
    "cursor_down": "Down",
    "page_up": "A page up",
    "page_down": "A page down",
    "first": "To the first",
    "last": "To the last",
    "scroll_up": "Up",
    "scroll_down": "Down",
    "scroll_left": "Left",
    "scroll_right": "Right",
    "scroll_home": "To the top",
    "scroll_end": "To the end",
    "scroll": "Up or down",
    "half_page": "Half a page down or up",
    "page_left": "A page left",
    "page_right": "A page right",
    "focus_next": "The next list or field",
    "focus_previous": "The one before",
    "previous_tab": "The tab before",
    "next_tab": "The next tab",
}
"""What Textual's own keys do, by the name of their action."""

NAMELESS = {"page_by": "A page up or down", "begin": "To the top", "end": "To the end"}
"""What keys do that have no words of their own."""

EVERYWHERE = {
    "command_palette": "Commands",
    "jump": "Jump",
    "quit": "Quit",
    "help": "Help",
    "help_quit": "Says how to quit",
    "suspend_process": "Back to the shell; `fg` returns",
    "copy_text": "Copy what the mouse has marked",
}
"""What the keys do that every screen has."""

OURS = {
    "Show menu": "Open the list",
    "Press button": "Press the button",
    "Toggle": "Tick or untick",
    "Submit": "Use it",
}
"""Our words for some of Textual's."""

SECOND = re.compile(r"ctrl\+|f[0-9]")
"""Keys that stand beside a letter and do the same in a field, too."""

HEADINGS: dict[Group, str] = {
    "here": "Here",
    "move": "To move",
    "type": "In a field",
    "everywhere": "Everywhere",
}

NAMES = {
    "⏎": "enter", "→": "right", "←": "left", "↑": "up", "↓": "down", "⇥": "tab", "⇧": "shift+", "␣": "space",
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Something that keys do now. keys: by Textual's names; shown: the same for people, in their order.

    bar: the key that the footer names and its display, None where the footer leaves it to the help.
    action, node: what the first key runs, and of which part of the screen.
    """

    words: str
    group: Group
    keys: tuple[str, ...]
    shown: tuple[str, ...]
    bar: tuple[str, str] | None
    action: str
    node: DOMNode


def acts_of(screen: Screen[Any]) -> list[Act]:
    """What keys do on `screen` now: the focused part's first, then the screen's, then the app's.

    Footer, help and palette show these and nothing else; each key that works is in one of them.
    """
    found: dict[tuple[Group, str], Act] = {}
    for key, node, binding in _working(screen):
        group, words = _kind(node, binding)
        known = found.get((group, words)) or Act(words, group, (), (), None, binding.action, node)
        display = screen.app.get_key_display(binding)
        if display in known.shown or (len(display) == 1 and SECOND.match(key)):
            # The second key of a binding has the display of the first, which may be text in a field.
            display = screen.app.get_key_display(Binding(key, ""))
        # In a dialog nothing else says that Enter takes what was typed.
        shown = binding.show or (screen.is_modal and words == OURS["Submit"])
        named = shown and bool(binding.description) and not known.bar
        found[group, words] = replace(
            known,
            keys=(*known.keys, key),
            shown=known.shown if display in known.shown else (*known.shown, display),
            bar=(key, display) if named else known.bar,
        )
    return list(found.values())


def _working(screen: Screen[Any]) -> list[tuple[str, DOMNode, Binding]]:
    """Each key that does something, what it is of, its binding. Above a dialog the app's first keys work, too.

    Textual leaves out the characters that a field takes as text, but `/`, whose name it does not know.
    """
    active = screen.active_bindings
    typing = screen.focused is not None and screen.focused.check_consume_key("slash", "/")
    working = [
        (key, active_binding.node, active_binding.binding)
        for key, active_binding in active.items()
        if active_binding.enabled and not (typing and key == "slash")
    ]
    palette = Binding(screen.app.COMMAND_PALETTE_BINDING, "command_palette", priority=True)
    first = [binding for binding in Binding.make_bindings((*screen.app.BINDINGS, palette)) if binding.priority]
    return [
        *working,
        *(
            (active_binding.key, screen.app, active_binding)
            for active_binding in first
            if active_binding.key not in active
        ),
    ]


def is_field(node: DOMNode) -> bool:
    """Whether it takes text. Asked by name: Textual's Input is loaded by the screens that have one."""
    return any(class_.__name__ == "Input" for class_ in type(node).__mro__)


def _kind(node: DOMNode, binding: Binding) -> tuple[Group, str]:
    """Where an act belongs, and its words."""
    name = binding.action.rpartition(".")[2].partition("(")[0]
    if is_field(node) and name != "submit":
        return "type", binding.description
    if name in EVERYWHERE:
        return "everywhere", EVERYWHERE[name]
    if name in MOVES and not binding.show:
        return "move", MOVES[name]
    if not binding.description:
        return "move", NAMELESS.get(name, "")
    return "here", OURS.get(binding.description, binding.description)


KeyLabel = tuple[str, str, str]
"""A key, its display, and the words of what it does."""


def footer(screen: Screen[Any]) -> tuple[list[KeyLabel], list[KeyLabel]]:
    """What the footer names: what is of this screen, and what is of every screen."""
    here: list[KeyLabel] = []
    always: list[KeyLabel] = []
    for act in acts_of(screen):
        if act.bar is not None:
            (always if act.group == "everywhere" else here).append((*act.bar, act.words))
    return here, always


def footer_right(app: App[Any]) -> list[KeyLabel]:
    """The same for what stands at the footer's right end on every screen."""
    palette = app.COMMAND_PALETTE_BINDING
    keys = (("ctrl+o", "Jump"), (palette, "Commands"))
    return [(key, app.get_key_display(Binding(key, "")), words) for key, words in keys]


def help_groups(screen: Screen[Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The acts in groups with a heading: the keys as they are shown, and what they do."""
    acts = acts_of(screen)
    groups = []
    for group, heading in HEADINGS.items():
        rows = [(" ".join(act.shown), act.words) for act in acts if act.group == group]
        if rows:
            groups.append((heading, rows))
    return groups


def in_words(shown: str) -> str:
    """A key's display in ASCII."""
    if shown.isascii():
        return shown
    return "".join(NAMES.get(key, key) for key in shown)
