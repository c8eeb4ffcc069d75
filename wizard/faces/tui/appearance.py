"""How the screens look: theme, signs, motion, by flags, environment, terminal, and what was chosen before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import msgspec
import tomli

Theme = Literal["dark", "light", "high-contrast", "no-colour"]
Signs = Literal["unicode", "ascii"]
Motion = Literal["full", "reduced"]
Detail = Literal["theme", "signs", "motion"]

THEMES: tuple[Theme, ...] = get_args(Theme)
FILE = "look.toml"

# Terminals that know no colours, and those that cannot draw the signs ✓ ✗ ▸ although they may know UTF-8.
COLOURLESS = ("dumb", "vt52", "vt100", "vt102", "vt220", "xterm-mono", "unknown")
SIGNLESS = (*COLOURLESS, "ansi", "linux", "cons25", "sun")


class Appearance(msgspec.Struct, frozen=True):
    """What is shown now."""

    theme: Theme = "dark"
    signs: Signs = "unicode"
    motion: Motion = "full"


class AppearanceWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody asked for; None where nothing was said."""

    theme: Theme | None = None
    signs: Signs | None = None
    motion: Motion | None = None


def appearance_for(flags: AppearanceWish, environ: Mapping[str, str], remembered: AppearanceWish) -> Appearance:
    """The look: a flag counts before the environment, that before what was chosen in the wizard, that before
    what every terminal can do. Raises InputError for a theme in the environment that there is not."""
    said = (flags, _environment(environ), remembered, AppearanceWish("dark", "unicode", "full"))
    return Appearance(
        next(wish.theme for wish in said if wish.theme is not None),
        next(wish.signs for wish in said if wish.signs is not None),
        next(wish.motion for wish in said if wish.motion is not None),
    )


def theme_named(name: str) -> Theme:
    """The theme of that name, in any spelling of it. Raises InputError for another."""
    plain = name.strip().lower().replace("_", "-").replace("color", "colour").replace("nocolour", "no-colour")
    for theme in THEMES:
        if plain == theme:
            return theme
    from wizard.base.errors import InputError
    from wizard.base.spelling import did_you_mean

    raise InputError("theme-unknown", name=name, hint=did_you_mean(plain, list(THEMES)))


def _environment(environ: Mapping[str, str]) -> AppearanceWish:
    theme: Theme | None = None
    if environ.get("OCW_THEME"):
        theme = theme_named(environ["OCW_THEME"])
    elif environ.get("NO_COLOR") or environ.get("TERM", "") in COLOURLESS:
        theme = "no-colour"
    ascii_ = _switch(environ, "OCW_ASCII")
    if ascii_ is None and (environ.get("TERM", "") in SIGNLESS or not _utf8(environ)):
        ascii_ = True
    still = _switch(environ, "OCW_REDUCED_MOTION")
    if still is None and environ.get("TEXTUAL_ANIMATIONS", "").lower() == "none":
        still = True
    return AppearanceWish(
        theme,
        None if ascii_ is None else "ascii" if ascii_ else "unicode",
        None if still is None else "reduced" if still else "full",
    )


def _switch(environ: Mapping[str, str], name: str) -> bool | None:
    value = environ.get(name, "").strip().lower()
    return None if not value else value not in ("0", "no", "off", "false")


def _utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale has UTF-8. Where none is set nothing is known, and UTF-8 is what terminals speak.

    Python turns the locale C into LC_CTYPE=C.UTF-8 (PEP 538): a LANG of C behind it is what the user has set.
    """
    plain = ("C", "POSIX")
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environ.get(name, "")
        if value == "C.UTF-8" and name == "LC_CTYPE" and environ.get("LANG") in plain:
            return False
        if value:
            return value not in plain and "utf8" in value.lower().replace("-", "")
    return True


def remembered(folder: Path) -> AppearanceWish:
    """What was chosen in the wizard before; nothing where the file is not there or damaged."""
    try:
        return msgspec.convert(tomli.loads((folder / FILE).read_text(encoding="utf-8")), AppearanceWish)
    except (OSError, ValueError):  # tomli's, msgspec's and the decoder's errors are ValueErrors
        return AppearanceWish()


def remember(folder: Path, detail: Detail, value: str) -> None:
    """Keep one choice beside those that were made before. Raises OSError where the folder cannot be written."""
    from wizard.base.tomlfile import dumps

    known = msgspec.to_builtins(remembered(folder))
    chosen = {name: said for name, said in {**known, detail: value}.items() if said is not None}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(dumps(chosen), encoding="utf-8")
