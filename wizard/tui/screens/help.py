"""The words the wizard uses, and the keys of the screen one is on."""

from __future__ import annotations

from textual.screen import Screen

from wizard.tui.hanging import hanging
from wizard.tui.render import join, text
from wizard.tui.screens.page import Page

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


def help_page(about: Screen[None]) -> Page:
    """The keys of a screen, then the words of the wizard."""
    width = max(len(word) for word, _ in WORDS) + 2
    keys = [join(text(f"{key:<{width}}", "bold $text-accent"), what) for key, what in keys_of(about)]
    words = [join(text(f"{word:<{width}}", "bold"), what) for word, what in WORDS]
    heads = text("Keys", "bold underline"), text("Words", "bold underline")
    return Page("Help", hanging(heads[0], *keys, "", heads[1], *words, hang=width))


def keys_of(screen: Screen[None]) -> list[tuple[str, str]]:
    """The keys that a screen understands now, with what they do."""
    keys: dict[str, list[str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.description and active.enabled and not binding.system and not usual(binding.action):
            shown = screen.app.get_key_display(binding)
            if shown not in keys.setdefault(binding.description, []):
                keys[binding.description].append(shown)
    pairs = [(" ".join(shown[:3]), what) for what, shown in keys.items()]
    return [*pairs, ("↑ ↓ or k j", "Move in a list"), ("tab", "Next list or field"), ("mouse", "Everything, too")]


def usual(action: str) -> bool:
    """True for the keys that every list and every page understands."""
    name = action.rpartition(".")[2]
    return name.startswith(("scroll_", "page_", "cursor_", "focus_", "copy_text", "first", "last", "tab(-1"))
