"""The keys: what footer, help and palette say is what works, and nothing works that they do not say."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.keys import key_to_character
from textual.pilot import Pilot
from textual.widgets import Input

from tests.faces.tui.conftest import make_session
from tests.faces.tui.drive import app_of, drawn, make_app, press, ready, screen_name, until, words
from tests.faces.tui.story import Story
from tests.faces.tui.tour import SECTIONS, TOUR, section, tour
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.commands import commands_of
from wizard.faces.tui.keys import acts_of, footer, help_groups, in_words
from wizard.faces.tui.screens.jump import JumpScreen, jump_targets, name_of
from wizard.faces.tui.widgets.key_bar import KeyBar
from wizard.plan.model import Plan
from wizard.session.session import Session

SIZE = (160, 40)
CANDIDATES = (
    *string.ascii_letters, *string.digits, *(f"f{n}" for n in range(1, 13)),
    *(f"ctrl+{letter}" for letter in string.ascii_lowercase), "escape", "enter", "tab", "shift+tab", "space",
    "delete", "backspace", "insert", "home", "end", "pageup", "pagedown", "up", "down", "left", "right",
    "shift+up", "shift+down", "shift+left", "shift+right", "slash", "question_mark", "left_square_bracket",
    "minus", "plus", "right_square_bracket", "left_curly_bracket", "right_curly_bracket", "ctrl+pageup",
    "ctrl+pagedown", "colon", "full_stop", "comma",
)  # fmt: skip
"""Every key that somebody may try."""

KINDS = {"welcome": 6, "C library": 4, "review": 4, "stages": 4, "doctor": 3, "explorer": 5}
"""In how many of a section's places other keys work than in those before."""

Run = tuple[str, str]


class Recorder:
    """Takes down which actions keys run, on what, and runs none of them while it is on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.on = False
        self.runs: list[Run] = []
        really = WizardApp._dispatch_action

        async def dispatch(app: WizardApp, namespace: Any, name: str, params: Any) -> bool:
            if not self.on:
                return await really(app, namespace, name, params)
            exists = any(callable(getattr(namespace, f"{dash}action_{name}", None)) for dash in ("", "_"))
            self.runs += [(type(namespace).__name__, name)] if exists else []
            return exists

        monkeypatch.setattr(WizardApp, "_dispatch_action", dispatch)

    async def of(self, pilot: Pilot[int], key: str) -> list[Run]:
        """What a press of `key` runs."""
        self.runs, self.on = [], True
        await pilot.press(key)
        self.on = False
        return self.runs

    async def bound(self, app: WizardApp, key: str) -> list[Run]:
        """What the bindings make of `key`, without the wait of a press."""
        self.runs, self.on = [], True
        if not await app._check_bindings(key, priority=True):
            await app._check_bindings(key)
        self.on = False
        return self.runs


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


async def compare(pilot: Pilot[int], recorder: Recorder, place: str) -> None:
    """What the keys of the shown screen do is what is said of them, and all that they do is said."""
    app = app_of(pilot)
    screen = app.screen
    acts = acts_of(screen)
    assert all(act.words and act.shown for act in acts), (place, acts)
    listed = {key for act in acts for key in act.keys}
    consumes = screen.focused.check_consume_key if screen.focused else lambda *_: False
    for key in CANDIDATES:
        if not consumes(key, key_to_character(key) or {"slash": "/"}.get(key)):
            ran = await recorder.bound(app, key)
            assert not ran or key in listed, (place, key, ran)
    for act in acts:
        name = act.action.rpartition(".")[2].partition("(")[0]
        assert await recorder.of(pilot, act.keys[0]), (place, act)
        ran = await recorder.bound(app, act.keys[0])
        assert [run[1] for run in ran] == [name], (place, act, ran)


def test_the_sections_of_the_tour_are_the_whole_tour() -> None:
    assert [name for first in SECTIONS for name, _ in section(first)] == [name for name, _ in TOUR]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("first", SECTIONS)
async def test_each_key_shown_works_and_each_that_works_is_shown(
    session: Session, recorder: Recorder, first: str
) -> None:
    app = make_app(session)
    places = section(first)
    seen: set[tuple[str, ...]] = set()
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        async for place in tour(pilot, places):
            keys = sorted(key for act in acts_of(app.screen) for key in act.keys)
            kind = (screen_name(pilot), type(app.screen.focused).__name__, *keys)
            if kind in seen or isinstance(app.screen, JumpScreen):
                continue
            seen.add(kind)
            await compare(pilot, recorder, place)
    assert len(seen) >= KINDS[first]


@pytest.mark.usefixtures("builder_lock")
async def test_the_keys_of_a_build_that_runs(story: Story, plan: Plan, tmp_path: Path, recorder: Recorder) -> None:
    story.begin("fetch")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "running" in words(pilot, "#state"))
        await compare(pilot, recorder, "a build that runs")


async def test_the_keys_of_a_build_that_failed(
    story: Story, plan: Plan, tmp_path: Path, recorder: Recorder
) -> None:
    story.begin("fetch")
    story.write("fetch", "no\n")
    story.fail("fetch", "line 1: no")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "First error" in words(pilot, "Trouble Static"))
        await compare(pilot, recorder, "a build that failed")


async def test_the_keys_of_a_result(story: Story, plan: Plan, tmp_path: Path, recorder: Recorder) -> None:
    story.end()
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: screen_name(pilot) == "ResultScreen")
        await compare(pilot, recorder, "a result")


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("first", SECTIONS)
async def test_footer_and_help_say_the_same(session: Session, first: str) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        async for place in tour(pilot, section(first)):
            screen = app.screen
            rows = {words_: keys for _, rows in help_groups(screen) for keys, words_ in rows}
            here, always = footer(screen)
            for _, shown, said in (*here, *always):
                assert shown in rows[said].split(), place
            bar = screen.query(KeyBar)
            if bar:
                drawn = words(pilot, "KeyBar")
                assert all(f"{shown} {said}" in drawn for _, shown, said in (*here, *always)), place
                assert "^o Jump ^p Commands" in drawn, place


async def test_a_narrow_footer_keeps_help_and_quit_in_sight(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(60, 18)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "enter", "tab", "tab")
        bar = words(pilot, "KeyBar")
        assert bar.endswith("… ? Help q Quit")
        assert "On/off" not in bar
        await press(pilot, "question_mark")
        await press(pilot, "pagedown")
        assert "On/off" in "".join(str(rows) for _, rows in help_groups(app.screen_stack[-2]))


# ---------------------------------------------------------------- jump keys


async def test_jump_keys_move_the_focus(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "ctrl+o")
        letters = {name_of(widget): letter for letter, widget in _targets(app).items()}
        assert list(letters) == ["Back", "Next", "C library", "C toolchain"]
        shown = words(pilot, ".jump")
        assert all(letter in shown for letter in letters.values())
        await press(pilot, letters["C toolchain"])
        assert app.screen.focused is app.screen.query_one("#choices-toolchain")
        await press(pilot, "ctrl+o", letters["Back"])
        assert screen_name(pilot) == "TargetScreen"


async def test_any_other_key_takes_the_letters_away(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n")
        focused = app.screen.focused
        for key in ("escape", "space", "ctrl+o"):
            await press(pilot, "ctrl+o")
            assert isinstance(app.screen, JumpScreen)
            await press(pilot, key)
            assert screen_name(pilot) == "HostScreen"
            assert app.screen.focused is focused


async def test_a_click_on_a_letter_jumps(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "ctrl+o")
        await pilot.click(list(app.screen.query(".jump"))[3], offset=(1, 0))
        await pilot.pause()
        assert app.screen.focused is app.screen.query_one("#choices-toolchain")


async def test_jump_keys_work_in_a_dialog(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "up", "q", "ctrl+o", "s")
        assert app.return_code == 0


def _targets(app: WizardApp) -> dict[str, Any]:
    screen = app.screen
    assert isinstance(screen, JumpScreen)
    return screen.targets


# ---------------------------------------------------------------- the palette


async def test_the_palette_has_every_place_every_act_and_every_jump(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter")
        titles = [command.title for command in commands_of(app, app.screen)]
        assert len(titles) == len(set(titles))
        places = ("Welcome", "Host", "Target", "C library", "Release", "Review", "Explorer", "Doctor", "Explain")
        assert {f"Go to: {place}" for place in places} <= set(titles)
        assert {f"Here: {act.words}" for act in acts_of(app.screen) if act.group == "here"} <= set(titles)
        assert {f"Jump to: {name_of(widget)}" for widget in jump_targets(app)} <= set(titles)
        assert {"Theme: light", "Theme: high-contrast", "Theme: no-colour", "Signs: ascii"} <= set(titles)
        assert "Theme: dark" not in titles


@pytest.mark.parametrize(
    ("typed", "screen"),
    [
        ("go to review", "ReviewScreen"),
        ("go to explain", "CodesScreen"),
        ("go to welcome", "WelcomeScreen"),
        ("here findings", "FindingsScreen"),
        ("go to explorer", "ExplorerScreen"),
    ],
)
async def test_a_command_is_found_by_typing(session: Session, typed: str, screen: str) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "ctrl+p", *("space" if letter == " " else letter for letter in typed))
        await until(pilot, lambda: _found(app, typed))
        await press(pilot, "enter")
        await until(pilot, lambda: screen_name(pilot) == screen)


def _found(app: WizardApp, typed: str) -> bool:
    options = app.screen.query("CommandList").first().options  # type: ignore[attr-defined]
    return bool(options) and all(word in str(options[0].prompt).casefold() for word in typed.split())


# ---------------------------------------------------------------- the mouse


async def test_a_click_on_a_step_that_was_passed_goes_back_to_it(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter")
        line = words(pilot, "StepLine")
        await pilot.click("StepLine", offset=(line.index("Host") + 4, 0))
        await until(pilot, lambda: screen_name(pilot) == "HostScreen")
        await pilot.click("StepLine", offset=(line.index("Release") + 4, 0))
        await pilot.pause()
        assert screen_name(pilot) == "HostScreen"


async def test_a_click_on_the_findings_shows_them_and_one_beside_them_closes_them(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n")
        await pilot.click("FindingsBar", offset=(5, 1))
        await until(pilot, lambda: screen_name(pilot) == "FindingsScreen")
        await pilot.click(offset=(0, 0))
        await until(pilot, lambda: screen_name(pilot) == "HostScreen")


async def test_the_keys_at_the_edge_of_a_dialog_can_be_clicked(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "f")
        box = app.screen.query_one(".dialog")
        await until(pilot, lambda: "esc Close" in "".join(drawn(box)))
        edge = box.region
        await pilot.click(offset=(edge.right - 6, edge.bottom - 1))
        await until(pilot, lambda: screen_name(pilot) == "HostScreen")


async def test_every_act_of_the_footer_can_be_clicked(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        bar = drawn(app.screen.query_one(KeyBar))[0]
        await pilot.click("KeyBar", offset=(bar.index("Explain") + 1, 0))
        await until(pilot, lambda: screen_name(pilot) == "CodesScreen")
        await pilot.click("#back")
        await until(pilot, lambda: screen_name(pilot) == "WelcomeScreen")
        width = app.screen.query_one(KeyBar).region.width
        await pilot.click("KeyBar", offset=(width - 3, 0))
        await until(pilot, lambda: screen_name(pilot) == "CommandPalette")


def test_keys_have_names_where_only_ascii_can_be_drawn() -> None:
    assert [in_words(key) for key in ("⏎", "→", "esc", "^o")] == ["enter", "right", "esc", "^o"]


@pytest.mark.parametrize(
    ("keys", "opens", "field"),
    [(("n", "r"), "p", "#prefix"), (("x",), "slash", "#filter"), (("c",), "slash", "#filter")],
    ids=["prefix", "explorer", "codes"],
)
async def test_what_comes_right_behind_the_key_goes_into_the_field(
    keys: tuple[str, ...], opens: str, field: str, session: Session
) -> None:
    """A terminal may hand over the key and what is pasted after it at once."""
    async with make_app(session).run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, *keys)
        pilot.app.post_message(Key(opens, "/" if opens == "slash" else opens))
        pilot.app.post_message(Paste("word"))
        await until(pilot, lambda: "word" in pilot.app.screen.query_one(field, Input).value)
