"""Undo, what-if, search, copying, drafts and the tour, by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.faces.tui.drive import make_app, press, ready, screen_name, until, words
from wizard.catalogue.selection import Selection
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.screens.review import ReviewScreen
from wizard.faces.tui.widgets.reader import Reader
from wizard.faces.tui.widgets.search_bar import SearchBar
from wizard.session.draft import Draft
from wizard.session.saved_drafts import SavedDrafts
from wizard.session.session import Session

SIZE = (80, 24)
LARGE = (160, 50)


def keeping(session: Session, folder: Path) -> WizardApp:
    """The app with a folder of its own for drafts, the tour seen."""
    kept = SavedDrafts(folder)
    kept.note_tour()
    app = WizardApp(session=session, kept=kept)
    app.animation_level = "none"
    return app


# ---------------------------------------------------------------- undo


async def test_choices_are_taken_back_and_made_again_on_any_step(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "k", "enter", "enter", "j")
        changed = app.draft.selection
        assert (changed.target, changed.release) == ("x86_64-linux", "5.4.1")
        await press(pilot, "u")
        assert app.draft.selection.release == "5.3.0"
        assert "(•) OCaml 5.3.0" in words(pilot, "#choices-release")
        await press(pilot, "u")
        assert app.draft.selection.target == "aarch64-linux"
        await press(pilot, "u")
        assert app.draft.selection.target == "aarch64-linux", "there is nothing more to take back"
        await press(pilot, "ctrl+r", "ctrl+r")
        assert app.draft.selection == changed


async def test_typing_in_a_field_is_taken_back_at_once(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r", "p", *"/tmp/undo", "enter")
        assert app.draft.prefix == "/tmp/undo"
        await press(pilot, "u")
        assert app.draft.prefix == ""
        await press(pilot, "ctrl+r")
        assert app.draft.prefix == "/tmp/undo"


# ---------------------------------------------------------------- what if


async def test_what_if_shows_the_changes_and_takes_nothing_unless_told(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "enter", "w")
        assert screen_name(pilot) == "WhatIf"
        assert "OCaml 5.4.1 instead" in words(pilot, "ViList")
        await press(pilot, "enter")
        assert screen_name(pilot) == "ChangesScreen"
        names = words(pilot, ".names")
        assert "Choices (1)" in names
        assert "Configure flags (2)" in names
        assert "- OCaml 5.3.0" in words(pilot, ".lines")
        assert "+ OCaml 5.4.1" in words(pilot, ".lines")
        await press(pilot, "escape")
        assert (screen_name(pilot), app.draft.selection.release) == ("ReleaseScreen", "5.3.0")
        await press(pilot, "w", "enter", "t")
        assert app.draft.selection.release == "5.4.1"
        assert "(•) OCaml 5.4.1" in words(pilot, "#choices-release")
        await press(pilot, "u")
        assert app.draft.selection.release == "5.3.0"


async def test_the_review_compares_with_presets_and_with_how_it_began(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "k", "r", "w")
        offered = words(pilot, "ViList")
        assert "Preset: Boards, musl" in offered
        assert "as these choices began" in offered
        await press(pilot, "end", "enter", "t")
        assert isinstance(app.screen, ReviewScreen)
        assert app.draft.selection.target == "aarch64-linux"
        assert app.screen.plan is not None
        assert app.screen.plan.triplet == "aarch64-linux-musl"


async def test_changes_of_what_cannot_be_built_say_so(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "w", "down", "enter")
        assert "Plans: not compared" in words(pilot, ".names")
        assert "Predicted runtime constants (3)" in words(pilot, ".names")
        await press(pilot, "Y")
        assert "word_size\n    - 64\n    + 32" in app.clipboard


# ---------------------------------------------------------------- search


async def test_search_in_a_list_goes_from_place_to_place(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "slash", *"arm")
        assert "2 found" in words(pilot, "#found")
        await press(pilot, "enter")
        assert not app.screen.query(SearchBar)
        assert app.draft.selection.target == "aarch64-linux", "here it is one already"
        await press(pilot, "n")
        assert app.draft.selection.target == "armv7-linux"
        await press(pilot, "n")
        assert app.draft.selection.target == "aarch64-linux", "round the end"
        await press(pilot, "N")
        assert app.draft.selection.target == "armv7-linux"
        await press(pilot, "slash", "escape")
        assert not app.screen.query(SearchBar)
        assert screen_name(pilot) == "TargetScreen"


async def test_search_in_the_review_looks_into_every_script(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r", "4", "slash", *"exit 0", "enter")
        reader = app.screen.query_one("#wrappers-reader", Reader)
        item, line = reader.under_cursor
        assert item is not None
        assert line is not None
        assert (item.name, line.words) == ("aarch64-linux-musl-strip", "exit 0")
        assert "A success" in words(pilot, "#wrappers-reader .why Static")
        await press(pilot, "slash", "ctrl+u", *"nothing like it", "enter")
        assert reader.under_cursor == (item, line)


async def test_vi_keys_go_to_the_ends_and_by_half_pages(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r", "4", "enter", "G")
        shown = app.screen.query_one("#wrappers-reader", Reader).lines
        last = shown.option_count - 1
        assert shown.highlighted == last
        await press(pilot, "ctrl+u")
        half = shown.highlighted or 0
        assert 0 < half < last
        await press(pilot, "ctrl+d")
        assert shown.highlighted == last
        await press(pilot, "g")
        assert shown.highlighted == 0


# ---------------------------------------------------------------- copying


async def test_one_key_copies_the_line_and_one_the_whole(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "y")
        assert app.clipboard.startswith("https://")
        await press(pilot, "r", "y")
        assert app.clipboard.startswith("ocaml-cross-wizard build --target aarch64-linux --libc musl")
        assert isinstance(app.screen, ReviewScreen)
        plan = app.screen.plan
        assert plan is not None
        await press(pilot, "2", "j", "y")
        assert app.clipboard == plan.flags[1].flag
        await press(pilot, "3", "y")
        assert app.clipboard == f"{plan.environment[0].name}={plan.environment[0].value}"
        await press(pilot, "4", "enter", "Y")
        assert app.clipboard == plan.wrappers[0].text
        await press(pilot, "j", "y")
        assert app.clipboard == plan.wrappers[0].text.splitlines()[1]
        await press(pilot, "7", "Y")
        assert app.clipboard == "".join(f"{action.describe()}\n" for action in plan.stages[0].actions)


# ---------------------------------------------------------------- drafts


async def test_leaving_loses_no_choice_and_the_next_run_offers_it(session: Session, tmp_path: Path) -> None:
    app = keeping(session, tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "k", "r", "p", *"/tmp/d", "enter", "q")
    assert app.return_code == 0
    assert "Your choices are kept" in app.farewell
    again = keeping(session, tmp_path)
    async with again.run_test(size=SIZE) as pilot:
        await ready(pilot)
        assert "Continue with OCaml 5.3.0, x86_64-linux, musl" in words(pilot, "#begin")
        await press(pilot, "home", "enter")
        assert screen_name(pilot) == "ReviewScreen"
        assert (again.draft.selection.target, again.draft.prefix) == ("x86_64-linux", "/tmp/d")
        await press(pilot, "escape", "j", "q")
    (kept,) = SavedDrafts(tmp_path).drafts()
    assert kept.draft.selection.release == "5.4.1"


async def test_beginning_anew_keeps_the_choices_and_forgetting_removes_them(
    session: Session, tmp_path: Path
) -> None:
    app = keeping(session, tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "k", "escape", "escape", "n")
        assert screen_name(pilot) == "HostScreen", "nothing is asked, because nothing is lost"
        assert app.draft.selection.target == "aarch64-linux"
        await press(pilot, "escape", "home", "down")
        assert "x86_64-linux" in words(pilot, "#begin")
        await press(pilot, "delete")
        assert "x86_64-linux, musl" not in words(pilot, "#begin")
    assert SavedDrafts(tmp_path).drafts() == []


async def test_a_draft_of_a_release_that_is_gone_is_explained(session: Session, tmp_path: Path) -> None:
    SavedDrafts(tmp_path).save(Draft(Selection("aarch64-linux", "musl", "3.12.1", toolchain="zig")), "old")
    app = keeping(session, tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "home", "enter")
        assert "3.12.1" in words(pilot, "Ask Static")
        await press(pilot, "enter")
        assert screen_name(pilot) == "WelcomeScreen"


async def test_a_build_of_the_choices_takes_their_draft_away(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.builder.launch.start", lambda *_: tmp_path)
    app = keeping(session, tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "k", "r")
        assert len(SavedDrafts(tmp_path).drafts()) == 1
        await press(pilot, "b")
        await until(pilot, lambda: screen_name(pilot) == "BuildScreen")
        assert SavedDrafts(tmp_path).drafts() == []


# ---------------------------------------------------------------- the tour


async def test_the_tour_is_shown_once_and_again_by_its_key(session: Session, tmp_path: Path) -> None:
    app = make_app(session)
    app.choices.saved = SavedDrafts(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        assert screen_name(pilot) == "TourScreen"
        for number in range(1, 6):
            assert f"{number} of 5" in str(app.screen.query_one(".tour").border_title)
            await press(pilot, "enter")
        assert screen_name(pilot) == "WelcomeScreen"
        await press(pilot, "t", "right", "left", "left")
        assert "1 of 5" in str(app.screen.query_one(".tour").border_title)
        await press(pilot, "escape", "n")
        assert screen_name(pilot) == "HostScreen"
    again = make_app(session)
    again.choices.saved = SavedDrafts(tmp_path)
    async with again.run_test(size=SIZE) as pilot:
        await ready(pilot)
        assert screen_name(pilot) == "WelcomeScreen"


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (200, 50)])
async def test_nothing_of_the_dialogs_lies_outside(session: Session, size: tuple[int, int]) -> None:
    app = make_app(session)
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        for keys in (("t",), ("escape", "n", "enter", "w"), ("enter",)):
            await press(pilot, *keys)
            for selector in (".dialog", "Button", "Reader", ".lines", ".why"):
                for widget in app.screen.query(selector):
                    assert app.screen.region.contains_region(widget.region), (selector, widget.region)
                    assert widget.region.area > 0, selector


async def test_a_field_takes_the_letters_that_are_keys_elsewhere(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r", "p", *"/uwyngG")
        assert app.screen.query_one("#prefix", Input).value == "/uwyngG"


async def test_search_works_in_a_dialog_too(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "enter", "w", "enter", "slash", *"--target=", "enter")
        assert screen_name(pilot) == "ChangesScreen"
        assert "from 5.4 on" in words(pilot, ".why Static").lower()
