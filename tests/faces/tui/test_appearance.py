"""How the screens look: contrast in every theme, no colours, ASCII, nothing that moves; and how it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.style import Style
from textual.widgets import Input

from tests.faces.tui.drive import make_app, press, ready, until, words
from tests.faces.tui.tour import LEAST, coloured_or_beyond_ascii, segments, tour, unreadable
from wizard.base.errors import InputError
from wizard.faces.tui import appearance as looks
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.appearance import (
    FILE,
    Appearance,
    AppearanceWish,
    appearance_for,
    remember,
    remembered,
    theme_named,
)
from wizard.faces.tui.filters import SIGNS, in_ascii, without_colour
from wizard.faces.tui.render import CELLS, FACTS, STATES, VERDICTS
from wizard.faces.tui.render import SIGNS as SEVERITIES
from wizard.session.session import Session

PACKAGE = Path(looks.__file__).parent


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("theme", LEAST)
async def test_every_text_can_be_read(session: Session, theme: looks.Theme) -> None:
    app = make_app(session, look=Appearance(theme=theme))
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        async for place in tour(pilot):
            assert unreadable(pilot, LEAST[theme]) == [], place


@pytest.mark.usefixtures("machine")
async def test_without_colours_and_in_ascii_nothing_else_is_drawn(session: Session) -> None:
    app = make_app(session, look=Appearance("no-colour", "ascii", "reduced"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        async for place in tour(pilot):
            assert coloured_or_beyond_ascii(pilot) == [], place


@pytest.mark.usefixtures("machine")
async def test_without_colours_the_cursor_is_seen(session: Session) -> None:
    app = make_app(session, look=Appearance("no-colour"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        for keys in (("n",), ("enter",), ("r", "7"), ("escape", "escape", "escape", "escape", "escape", "x")):
            await press(pilot, *keys)
            reversed_ = [text for text, style, _ in segments(pilot) if style is not None and style.reverse]
            assert any(text.strip() for text in reversed_), keys


def test_every_sign_that_the_screens_draw_has_one_in_ascii() -> None:
    """One that is not in the table would become a question mark."""
    inside = {sign for path in PACKAGE.rglob("*.py") for sign in path.read_text(encoding="utf-8")}
    unknown = {sign for sign in inside if not sign.isascii() and in_ascii(sign) == "?"}
    assert not unknown
    assert all(new.isascii() for new in SIGNS.values())


@pytest.mark.parametrize("sign", [chr(code) for code in SIGNS])
def test_a_sign_takes_as_much_room_in_ascii(sign: str) -> None:
    from rich.cells import cell_len

    assert cell_len(in_ascii(sign)) == cell_len(sign)


def test_what_nobody_foresaw_keeps_its_width() -> None:
    assert in_ascii("caf\u00e9 \u65e5\u672c") == "caf? ????"


def test_a_style_without_colour_still_knows_what_a_click_does() -> None:
    style = Style(color="#ff0000", bgcolor="#ffffff", bold=True, meta={"key": "b"})
    bare = without_colour(style)
    assert (bare.bold, bare.reverse, bare.meta) == (True, True, {"key": "b"})
    assert not without_colour(Style(color="#ff0000", bgcolor="#101010")).reverse


@pytest.mark.parametrize("table", [SEVERITIES, FACTS, VERDICTS, CELLS, STATES], ids=str)
def test_nothing_is_told_by_colour_alone(table: Mapping[str, str | tuple[str, ...]]) -> None:
    """Each state has a sign, and a word that none of the others has."""
    said = [words_ if isinstance(words_, str) else " ".join(words_[:-1]) for words_ in table.values()]
    assert len(said) == len(set(said))
    for words_ in said:
        sign, _, word = words_.partition(" ")
        assert len(sign) == 1
        assert word.strip()


# ---------------------------------------------------------------- how the look is chosen


@pytest.mark.parametrize(
    ("environ", "look"),
    [
        ({}, Appearance()),
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, Appearance()),
        ({"LANG": "de_DE.utf8"}, Appearance()),
        ({"NO_COLOR": "1"}, Appearance(theme="no-colour")),
        ({"NO_COLOR": ""}, Appearance()),
        ({"TERM": "dumb"}, Appearance(theme="no-colour", signs="ascii")),
        ({"TERM": "vt100"}, Appearance(theme="no-colour", signs="ascii")),
        ({"TERM": "linux"}, Appearance(signs="ascii")),
        ({"LC_ALL": "C"}, Appearance(signs="ascii")),
        ({"LANG": "POSIX"}, Appearance(signs="ascii")),
        ({"LANG": "de_DE.ISO-8859-1"}, Appearance(signs="ascii")),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, Appearance(signs="ascii")),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, Appearance(signs="ascii")),
        ({"LC_CTYPE": "C.UTF-8"}, Appearance()),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.UTF-8"}, Appearance()),
        ({"LC_ALL": "C", "OCW_ASCII": "0"}, Appearance()),
        ({"OCW_ASCII": "1"}, Appearance(signs="ascii")),
        ({"OCW_THEME": "light", "NO_COLOR": "1"}, Appearance(theme="light")),
        ({"OCW_THEME": "No-Color"}, Appearance(theme="no-colour")),
        ({"OCW_THEME": "high_contrast"}, Appearance(theme="high-contrast")),
        ({"OCW_REDUCED_MOTION": "yes"}, Appearance(motion="reduced")),
        ({"OCW_REDUCED_MOTION": "0"}, Appearance()),
        ({"TEXTUAL_ANIMATIONS": "none"}, Appearance(motion="reduced")),
    ],
    ids=str,
)
def test_the_environment_and_the_terminal_choose(environ: Mapping[str, str], look: Appearance) -> None:
    assert appearance_for(AppearanceWish(), environ, AppearanceWish()) == look


def test_a_flag_counts_before_the_environment_and_that_before_what_was_chosen() -> None:
    chosen = AppearanceWish("light", "ascii", "reduced")
    assert appearance_for(AppearanceWish(), {}, chosen) == Appearance("light", "ascii", "reduced")
    assert appearance_for(AppearanceWish(), {"NO_COLOR": "1"}, chosen) == Appearance(
        "no-colour", "ascii", "reduced"
    )
    flags = AppearanceWish("high-contrast", "unicode", "full")
    everything = {"NO_COLOR": "1", "OCW_ASCII": "1", "OCW_REDUCED_MOTION": "1"}
    assert appearance_for(flags, everything, chosen) == Appearance("high-contrast", "unicode", "full")


def test_a_theme_that_there_is_not_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="drak") as told:
        theme_named("drak")
    assert "dark" in told.value.fix


def test_what_was_chosen_is_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert remembered(folder) == AppearanceWish()
    remember(folder, "theme", "light")
    remember(folder, "signs", "ascii")
    remember(folder, "theme", "high-contrast")
    assert remembered(folder) == AppearanceWish(theme="high-contrast", signs="ascii")


@pytest.mark.parametrize("damaged", ["theme = ", 'theme = "pink"', 'other = "x"', "\udcff"])
def test_a_damaged_memory_is_none(tmp_path: Path, damaged: str) -> None:
    (tmp_path / FILE).write_bytes(damaged.encode("utf-8", "surrogateescape"))
    assert remembered(tmp_path) == AppearanceWish()


async def test_the_palette_changes_the_look_now_and_for_the_next_time(session: Session, tmp_path: Path) -> None:
    app = make_app(session, keep=tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await _command(app, "Theme: high-contrast")
        assert app.current_theme.name == "ocaml-high-contrast"
        await _command(app, "Signs: ascii")
        await pilot.pause()
        assert words(pilot, "KeyBar").startswith("enter Choose")
        assert all(text.isascii() for text, _, _ in segments(pilot))
        await _command(app, "Signs: unicode")
        await _command(app, "Motion: reduced")
        await pilot.pause()
        assert words(pilot, "KeyBar").startswith("\u23ce Choose")
        assert app.animation_level == "none"
    assert appearance_for(AppearanceWish(), {}, remembered(tmp_path)) == Appearance(
        "high-contrast", "unicode", "reduced"
    )


async def test_what_cannot_be_remembered_is_said(session: Session, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    app = make_app(session, keep=tmp_path / "state")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await _command(app, "Theme: light")
        assert app.current_theme.name == "ocaml-light"
        await pilot.pause()
        assert any("cannot be remembered" in note.message for note in app._notifications)


async def test_nothing_blinks_where_motion_is_reduced(session: Session) -> None:
    for motion, blinks in (("reduced", False), ("full", True)):
        app = make_app(session, look=Appearance(motion=motion))  # type: ignore[arg-type]
        async with app.run_test(size=(100, 30)) as pilot:
            await ready(pilot)
            await press(pilot, "n", "r", "p")
            field = app.screen.query_one("#prefix", Input)
            await until(pilot, lambda field=field: field.has_focus)  # type: ignore[misc]
            assert field.cursor_blink is blinks


def test_only_themes_whose_contrast_is_known_can_be_chosen(session: Session) -> None:
    app = make_app(session)
    assert set(app.available_themes) == {"ocaml-dark", "ocaml-light", "ocaml-high-contrast", "ocaml-no-colour"}


async def _command(app: WizardApp, title: str) -> None:
    command = next(command for command in app.get_system_commands(app.screen) if command.title == title)
    command.callback()
