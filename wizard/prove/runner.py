"""How programs of the target are run here: as they are, by qemu's user mode, or by wine."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.check.resolved import ResolvedSelection

WINE = "wine"
START_SECONDS = 300
"""Wine's first start makes a whole Windows: ten seconds, on a loaded machine a minute."""

# Not asked for: Mono and Gecko, which wine would offer to download, and entries in the user's menus.
_WINE_WITHOUT = "mscoree,mshtml,winemenubuilder.exe="
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class Runner(msgspec.Struct, frozen=True):
    """What stands before a program to run it (`argv`), and how a report names it.

    start, stop: commands before the first program and after the last; env: variables for all
    of these, those with the value "" taken away. after: what stands after a program.
    """

    argv: tuple[str, ...] = ()
    words: str = "on this machine"
    start: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    env: dict[str, str] = {}
    after: tuple[str, ...] = ()

    def command(self, program: Path) -> tuple[str, ...]:
        """The command that runs a program."""
        return (*self.argv, str(program), *self.after)

    def environment(self, env: dict[str, str]) -> dict[str, str]:
        """`env` as the programs get it."""
        return {name: value for name, value in {**env, **self.env}.items() if value or name not in self.env}


def runner_for(resolved: ResolvedSelection, folder: Path) -> Runner | None:
    """What runs the target's programs here, None where nothing does. It may keep what it needs in `folder`."""
    if resolved.target.tender:  # a switch has its own
        return None
    if resolved.runs_here(resolved.target):
        return Runner()
    emulator = resolved.build_machine.emulators.get(resolved.target.id)
    if emulator is None:
        return None
    words = f"under {Path(emulator).name}"
    if resolved.target.emulator == WINE:
        return Runner(
            argv=(emulator,),
            words=words,
            start=(emulator, "wineboot", "--init"),
            stop=(str(Path(emulator).with_name("wineserver")), "-k"),
            env={
                "WINEPREFIX": str(folder / "wine"),
                "WINEDEBUG": "-all",
                "WINEDLLOVERRIDES": _WINE_WITHOUT,
                **dict.fromkeys(_DISPLAYS, ""),
            },
        )
    return Runner((emulator, *resolved.target.emulator_options, *_libraries_of(resolved)), words)


def _libraries_of(resolved: ResolvedSelection) -> tuple[str, ...]:
    """The options by which qemu finds the shared libraries of a dynamic program, as Debian installs them."""
    folder = Path("/usr") / resolved.toolchain.targets.get(resolved.triplet or "", "-")
    return () if resolved.libc.static or not folder.is_dir() else ("-L", str(folder))
