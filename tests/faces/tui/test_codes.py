"""Every code with its words: searched as one types, and reached from where a code stands."""

from __future__ import annotations

import pytest

from tests.faces.tui.drive import make_app, press, ready, screen_name, until, words
from tests.faces.tui.test_snapshots import NARROW, WIDE, Compare, keys
from wizard.base.errors import FolderError
from wizard.doctor.explain import all_explanations, matching
from wizard.faces.tui.appearance import Appearance
from wizard.faces.tui.screens.codes import CodesScreen
from wizard.session.session import Session

TASKS = {
    "look_at_a_code": ("c", "down", "down"),
    "search_a_code": ("c", "slash", *"linker"),
    "find_nothing": ("c", "slash", *"xyz"),
    "read_it_all": ("c", "down", "down", "down", "down", "enter"),
}


@pytest.mark.parametrize("task", TASKS)
def test_narrow(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys(*TASKS[task]))


def test_wide(snap_compare: Compare, session: Session) -> None:
    assert snap_compare(make_app(session), terminal_size=WIDE, run_before=keys(*TASKS["search_a_code"]))


def test_smallest_without_colour_in_ascii(snap_compare: Compare, session: Session) -> None:
    app = make_app(session, look=Appearance("no-colour", "ascii"))
    assert snap_compare(app, terminal_size=(60, 18), run_before=keys(*TASKS["look_at_a_code"]))


def test_all_words_have_to_be_there() -> None:
    found = all_explanations()
    assert matching(found, "") == found
    assert matching(found, "WORD-size")[0].code == "word-size"
    short = matching(found, "memory")
    assert short
    assert len(matching(found, "memory kernel")) < len(short)
    assert matching(found, "error disk full")
    for entry in matching(found, "cause linker"):
        texts = (entry.what, entry.why, entry.confirm, *entry.cure)
        assert entry.of == "cause" or "cause" in " ".join(texts).casefold()


def codes_of(app: object) -> CodesScreen:
    screen = app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, CodesScreen)
    return screen


async def test_it_filters_as_one_types_and_escape_takes_it_back(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "c")
        everything = len(codes_of(app).shown)
        await press(pilot, "slash", *"word")
        some = len(codes_of(app).shown)
        await press(pilot, "minus", *"size")
        assert len(codes_of(app).shown) < some < everything
        assert f"{len(codes_of(app).shown)} of {everything}" in words(pilot, "#counts")
        assert "[word-size]" in words(pilot, "ExplainPanel Static")
        await press(pilot, "escape")
        assert len(codes_of(app).shown) == everything
        assert codes_of(app).chosen is not None
        assert codes_of(app).chosen.code == "word-size"  # type: ignore[union-attr]
        await press(pilot, "y")
        assert app.clipboard == "ocaml-cross-wizard explain word-size"
        await press(pilot, "enter")
        assert "max_int is -1" in words(pilot, "Page Static")
        await press(pilot, "escape", "escape")
        assert screen_name(pilot) == "WelcomeScreen"


@pytest.mark.parametrize(
    ("way", "code"),
    [(("f", "home"), "word-size"), (("f",), "native-back-end"), (("r", "f", "home"), "word-size")],
    ids=["from a choice", "from a fix", "from the review"],
)
async def test_a_finding_leads_right_to_its_code(session: Session, way: tuple[str, ...], code: str) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "down", *way, "e")
        assert screen_name(pilot) == "CodesScreen"
        assert f"[{code}]" in words(pilot, "ExplainPanel Static")
        await press(pilot, "escape")
        assert screen_name(pilot) in ("FindingsScreen", "ReviewScreen")


async def test_a_refused_cell_leads_right_to_its_code(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "x", "end", "enter", "home", "e")
        assert screen_name(pilot) == "CodesScreen"
        assert "[word-size]" in words(pilot, "ExplainPanel Static")


async def test_an_error_leads_right_to_its_code(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        app.tell(FolderError.from_texts("disk-full", "there is no room", "the disk is full", "free some"))
        await until(pilot, lambda: screen_name(pilot) == "Ask")
        assert "error [disk-full]" in words(pilot, ".dialog")
        await press(pilot, "right", "enter")
        await until(pilot, lambda: screen_name(pilot) == "CodesScreen")
        assert "[disk-full]" in words(pilot, "ExplainPanel Static")
