"""The words the wizard uses, and the keys of the screen one is on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from wizard.tui.render import join, lines, text
from wizard.tui.screens.base import Dialog

WORDS = (
    ("build machine", "where the build runs: this machine"),
    ("host machine", "where the cross-compiler itself will run"),
    ("target machine", "where the programs it compiles will run"),
    ("C library", "what every program of the target is linked with: musl, for example"),
    ("C toolchain", "compiler, assembler, linker, archiver for one target"),
    ("wrapper script", "TRIPLET-gcc and others: how OCaml's build sees the C toolchain"),
    ("selection", "all that you chose; saved as a file it is a preset"),
    ("finding", "one result of a check: what, why, and the fixes that apply"),
    ("plan", "everything a build will do, computed before anything is done"),
    ("stage", "one step of a plan; a stopped build goes on at the stage it was in"),
    ("journal", "the record of a build, beside one full log file a stage"),
    ("cross switch", "what a build installs: compiler, sysroot, wrappers, configuration, lock file"),
    ("triplet", "the name of a machine with its C library, such as aarch64-linux-musl"),
)


class HelpScreen(Dialog[None]):
    """Words and keys; any of the usual keys closes it."""

    BINDINGS = [
        Binding("q,question_mark,f1,enter", "dismiss_empty", "Close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, about: Screen[None]) -> None:
        super().__init__()
        self._keys = keys_of(about)

    def compose(self) -> ComposeResult:
        """Keys first, then the words."""
        with VerticalScroll(classes="dialog page") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            yield Static(self._text(), markup=False)

    def _text(self) -> Content:
        width = max(len(word) for word, _ in WORDS) + 2
        keys = [join(text(f"{key:<{width}}", "bold $text-accent"), what) for key, what in self._keys]
        words = [join(text(f"{word:<{width}}", "bold"), what) for word, what in WORDS]
        return lines(text("Keys", "bold underline"), *keys, "", text("Words", "bold underline"), *words)

    def action_scroll(self, by: int) -> None:
        """Scroll a line."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def keys_of(screen: Screen[None]) -> list[tuple[str, str]]:
    """The keys that a screen understands now, with what they do."""
    keys: dict[str, list[str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.description and not binding.system and active.enabled:
            shown = screen.app.get_key_display(binding)
            if shown not in keys.setdefault(binding.description, []):
                keys[binding.description].append(shown)
    pairs = [(" ".join(shown[:3]), what) for what, shown in keys.items()]
    return [*pairs, ("↑ ↓ or k j", "Move in a list"), ("tab", "Next list or field"), ("mouse", "Everything, too")]
