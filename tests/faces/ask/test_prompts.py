"""The plain questions, answered by a script: they reach all that the screens do, in the same words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.trees import DIFF
from wizard.base.errors import BuildError, CancelledError
from wizard.base.folders import Folders
from wizard.builds.listing import BuildInfo
from wizard.catalogue.presets import find_preset, load_preset
from wizard.catalogue.selection import Selection
from wizard.faces import tui
from wizard.faces.ask import ask as asking
from wizard.faces.ask import review as reviewing
from wizard.faces.ask.asker import Problem
from wizard.faces.ask.fields import BESIDE, FIELDS, STEPS, ask_field
from wizard.faces.ask.review import change
from wizard.faces.ask.state import State
from wizard.faces.tui.screens.choice import ChoiceScreen
from wizard.faces.tui.screens.host import HostScreen
from wizard.faces.tui.screens.libc import LibcScreen
from wizard.faces.tui.screens.release import ReleaseScreen
from wizard.faces.tui.screens.target import TargetScreen
from wizard.plan.batch import Job
from wizard.session.draft import Draft
from wizard.session.drafting import Drafting
from wizard.session.questions import QUESTIONS
from wizard.session.saved_drafts import SavedDrafts
from wizard.session.session import Session

SCREENS: tuple[type[ChoiceScreen], ...] = (HostScreen, TargetScreen, LibcScreen, ReleaseScreen)
Answer = str | Callable[[str], str]


class Script:
    """Answers in their order: of a list the option that begins so, of a text the text."""

    def __init__(self, *answers: str) -> None:
        self.left = list(answers)
        self.asked: list[str] = []
        self.offered: list[str] = []
        self.refused: list[str] = []
        self.said = ""

    def _next(self, question: str) -> str:
        self.asked.append(question)
        if not self.left:
            raise CancelledError.from_texts("ask-cancelled", "the script is at its end")
        return self.left.pop(0)

    def choose(self, question: str, options: Iterable[tuple[str, Any]], default: Any = None) -> Any:
        pairs = list(options)
        self.offered += [words for words, _value in pairs]
        answer = self._next(question)
        if answer == "":
            return default
        found = [value for words, value in pairs if words.startswith(answer)]
        assert found, f"{question} has no {answer!r}: {[words for words, _value in pairs]}"
        return found[0]

    def type(self, question: str, default: str = "", problem: Problem | None = None) -> str:
        while True:
            text = self._next(question) or default
            wrong = problem(text) if problem else ""
            if not wrong:
                return text
            self.refused.append(wrong)

    def say(self, text: str) -> None:
        self.said += f"{text}\n"


def watched(_job: Job, _folder: Path, _own: bool) -> None:
    """A build that is done at once."""


def state_of(session: Session, *answers: str, **changes: object) -> tuple[State, Script]:
    script = Script(*answers)
    selection = session.check_selection(Selection("aarch64-linux")).preset.selection
    drafting = Drafting(SavedDrafts(None))
    drafting.take(Draft(msgspec.structs.replace(selection, **changes)))
    return State(session, script, watched, drafting), script


# ---------------------------------------------------------------- what can be set


def set_by_screens() -> set[str]:
    """The fields that the screens change: those of their lists, and what they name in `draft.choose(…)`."""
    found = {field for screen in SCREENS for field, _label in screen.FIELDS}
    for path in Path(tui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "choose":
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def test_both_faces_set_every_field_of_a_selection() -> None:
    every = set(Selection.__struct_fields__)
    assert set(QUESTIONS) == every
    assert set(FIELDS) == every
    assert set_by_screens() == every
    assert set(STEPS) | {"without"} == every


def test_both_faces_ask_in_the_same_words() -> None:
    for screen in SCREENS:
        (field, _label), *_more = screen.FIELDS
        assert (screen.QUESTION, screen.INTRO if field != "release" else "") == (
            QUESTIONS[field].question,
            QUESTIONS[field].intro if field != "release" else "",
        )
        for field, label in screen.FIELDS:
            assert label in ("", QUESTIONS[field].label)


def test_the_places_are_those_of_the_review() -> None:
    from wizard.session.draft import Draft

    beside = {"prefix", "sources", "offline"}
    assert beside <= set(Draft.__struct_fields__)
    assert set(BESIDE) == {"prefix", "sources_folder", "offline"}


@pytest.mark.parametrize(
    ("field", "answer", "value"),
    [
        ("host", "Linux on 32-bit Intel", "i686-linux"),
        ("target", "Linux on IBM Z", "s390x-linux"),
        ("libc", "glibc", "glibc"),
        ("toolchain", "GNU gcc", "gcc"),
        ("release", "OCaml 5.4.1", "5.4.1"),
        ("host_compiler", "Build one", "build"),
    ],
)
def test_a_field_of_the_catalogue_is_chosen_and_explained(
    field: str, answer: str, value: str, session: Session
) -> None:
    state, script = state_of(session, answer)
    ask_field(field, state)
    assert getattr(state.selection, field) == value
    assert script.asked == [QUESTIONS[field].question]
    assert QUESTIONS[field].intro in " ".join(script.said.split())


def test_what_cannot_work_is_offered_with_its_reason(session: Session) -> None:
    state, script = state_of(session, "")
    ask_field("target", state)
    refused = [words for words in script.offered if "(cannot work: " in words]
    assert any(words.startswith("Linux on 32-bit ARM (ARMv7") for words in refused)
    assert not any(words.startswith("Linux on 64-bit RISC-V") for words in refused)


def test_bindings_are_asked_for_unikernels_only(session: Session) -> None:
    state, script = state_of(session, "hvt")
    ask_field("bindings", state)
    assert script.asked == []
    state.choose(target="x86_64-solo5")
    ask_field("bindings", state)
    assert state.selection.bindings == "hvt"


def test_patches_of_ones_own_are_added_moved_switched_shown_and_removed(session: Session, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.patch").write_text(DIFF)
    (tmp_path / "words").write_text("no diff\n")
    one, two = (str(tmp_path / f"{name}.patch") for name in ("one", "two"))
    state, script = state_of(
        session, "Add", str(tmp_path / "words"), one, "Add", one, two, "two.patch", "Move it up", "one.patch",
        "Switch it off", "one.patch", "Show it", "two.patch", "Remove it", "Continue",
    )  # fmt: skip
    ask_field("patches", state)
    assert script.left == []
    assert (state.selection.patches, state.selection.without) == ((one,), (one,))
    assert [problem.split(":")[0] for problem in script.refused] == [
        "this is not a unified diff",
        "this patch is in the list already",
    ]
    assert DIFF in script.said


def test_the_wizards_own_patches_are_switched_off_and_on(session: Session) -> None:
    state, script = state_of(session, target="x86_64-solo5")
    state.choose(target="x86_64-solo5", libc="nolibc")
    (first, *_more) = state.checked().resolved.fitting_patches
    script.left = [first.title, "Switch it off", "Continue"]
    ask_field("without", state)
    off = state.selection.without
    assert off == (first.id,)
    assert first.reason in " ".join(script.said.split())
    script.left = [first.title, "Switch it on", "Continue"]
    ask_field("patches", state)
    assert state.selection.without == ()


def test_sources_of_ones_own_are_named(session: Session, tmp_path: Path) -> None:
    state, script = state_of(session, "solo6=/x", f"solo5={tmp_path}")
    ask_field("sources", state)
    assert script.asked == [], "this selection takes no further sources"
    state.choose(target="x86_64-solo5")
    ask_field("sources", state)
    assert state.selection.sources == (f"solo5={tmp_path}",)
    assert "solo6=/x is no NAME=PATH" in script.refused[0]


def test_prefix_sources_folder_and_network(session: Session, tmp_path: Path) -> None:
    state, script = state_of(
        session, "/it's", str(tmp_path / "switch"), "/nowhere/at/all", str(tmp_path), "Nothing"
    )
    for place in ("prefix", "sources_folder", "offline"):
        ask_field(place, state)
    assert state.draft.prefix_path == tmp_path / "switch"
    assert (state.options().sources, state.options().offline) == (str(tmp_path), True)
    assert len(script.refused) == 2


# ---------------------------------------------------------------- the way through


def run(session: Session, script: Script, preset: str | None = "aarch64-linux-musl", watch: Any = watched) -> None:
    begun = find_preset(preset, session.catalogue) if preset else None
    asking.ask(begun, session, watch, script)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Job]:
    jobs: list[Job] = []

    def start(job: Job, _options: object) -> Path:
        jobs.append(job)
        return tmp_path / "build"

    monkeypatch.setattr(reviewing, "start", start)
    return jobs


def test_a_build_is_watched_to_its_result(session: Session, started: list[Job]) -> None:
    script = Script("", "Build it", "Leave")
    with pytest.raises(SystemExit) as left:
        run(session, script)
    assert left.value.code == 0
    assert [job.triplet for job in started] == ["aarch64-linux-musl"]
    assert script.asked[-1] == "The switch is built. What now?"


def test_a_build_that_failed_is_gone_on_with_or_changed(session: Session, started: list[Job]) -> None:
    failures = [BuildError.from_texts("stage-failed", "the stage configure failed", "", "see its log")] * 2

    def watch(_job: Job, folder: Path, _own: bool) -> None:
        folder.mkdir(exist_ok=True)
        if failures:
            raise failures.pop()

    script = Script(
        "", "Build it", "Continue where", "Change the choices", "Begin with something",
        "Preset: RISC-V", "", "Build it", "Leave",
    )  # fmt: skip
    with pytest.raises(SystemExit):
        run(session, script, watch=watch)
    assert [job.triplet for job in started] == ["aarch64-linux-musl"] * 2 + ["riscv64-linux-musl"]
    assert script.said.count("error[stage-failed]") == 2


def test_leaving_a_failed_build_gives_its_exit_code(session: Session, started: list[Job]) -> None:
    def watch(_job: Job, _folder: Path, _own: bool) -> None:
        raise BuildError.from_texts("stage-failed", "it failed", "", "")

    with pytest.raises(SystemExit) as left:
        run(session, Script("", "Build it", "Leave"), watch=watch)
    assert left.value.code == BuildError.exit_code
    assert len(started) == 1


def test_the_review_shows_explains_changes_compares_and_saves(session: Session, tmp_path: Path) -> None:
    saved = tmp_path / "mine.toml"
    script = Script(
        "", "Show what the build", "Wrapper scripts", "Explain", "Another code", "no-such-code", "word-size",
        "Change a choice", "OCaml release", "OCaml 5.4.1", "Show what has changed", "Check this machine",
        "Save", str(saved), "Leave",
    )  # fmt: skip
    with pytest.raises(CancelledError):
        run(session, script)
    assert script.left == []
    assert load_preset(saved, session.catalogue).selection.release == "5.4.1"
    for words in (
        "Wrapper script aarch64-linux-musl-gcc",
        "    - OCaml 5.3.0\n    + OCaml 5.4.1\n",
        "verdict: it can be built",
    ):
        assert words in script.said
    changed = script.said[script.said.index("from  OCaml 5.3.0") :]
    assert "to    OCaml 5.4.1" in changed
    assert "made by" in changed
    assert "no-such-code" in script.refused[0]


def test_what_cannot_be_built_is_mended_by_a_fix(session: Session) -> None:
    script = Script(
        "Start new", "", "Linux on 32-bit ARM (ARMv7", "", "", "", "", "Continue", "", "", "take ", "Leave"
    )
    script.left = [
        "Start new", "", "Linux on 32-bit ARM (ARMv7", "", "", "", "", "None", "", "take ", "Leave without",
    ]  # fmt: skip
    with pytest.raises(CancelledError):
        run(session, script, None)
    assert "This cannot be built. What instead?" in script.asked
    assert "error[word-size]" in script.said
    assert script.asked[-1] == "What now?"


def test_one_may_begin_with_a_cell_of_the_matrix(session: Session) -> None:
    script = Script("Explore", "OCaml 5.3.0", "Linux on IBM Z (s390x), musl", "", "Leave without")
    with pytest.raises(CancelledError):
        run(session, script, None)
    assert "hosted on x86_64-linux" in script.said
    assert "s390x-linux-musl" in script.said


def test_one_may_begin_with_a_file_of_ones_own(session: Session, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[selection]\ntarget = "riscv64-linux"\n')
    script = Script(
        "A preset or lock file", str(tmp_path / "none.toml"), str(tmp_path / "p.toml"), "", "Leave without"
    )
    with pytest.raises(CancelledError):
        run(session, script, None)
    assert "no preset or file" in script.refused[0]
    assert "riscv64-linux-musl" in script.said


def test_builds_are_listed_and_those_that_stopped_are_gone_on_with(
    session: Session, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        BuildInfo("b1", "running", "aarch64-linux-musl", "5.3.0", "/one", "configure", 2.0),
        BuildInfo("b2", "failed", "riscv64-linux-musl", "5.3.0", "/two", "configure", 1.0),
    ]
    monkeypatch.setattr(asking, "list_builds", lambda _folders: found)
    script = Script("Look at: OCaml 5.3.0 for riscv64", "Leave")
    with pytest.raises(CancelledError):
        run(session, script, None)
    lists = [words for words in script.offered if "This build" in words]
    assert lists[0] == "Watch: OCaml 5.3.0 for aarch64-linux-musl. This build is running now. /one"
    assert "error[not-a-build]" in script.said, "its folder is not there"
    assert folders.builds


def test_choices_that_are_left_are_kept_where_one_can_go_on_with_them(session: Session, folders: Folders) -> None:
    with pytest.raises(CancelledError):
        run(session, Script("Leave"), None)
    with pytest.raises(CancelledError):
        run(session, Script("", "Leave"))
    kept = SavedDrafts(folders.drafts)
    assert kept.drafts() == [], "nothing was chosen that is nowhere else"
    script = Script("", "Change a choice", "OCaml release", "OCaml 5.4.1")
    with pytest.raises(CancelledError):
        run(session, script)
    (draft,) = kept.drafts()
    assert draft.draft.selection.release == "5.4.1"
    assert "Your choices are kept" in script.said
    again = Script("Continue with choices", "", "Leave")
    with pytest.raises(CancelledError):
        run(session, again, None)
    assert any("5.4.1" in words for words in again.offered), "what was left is offered again"


def test_a_choice_can_be_undone_and_done_again(session: Session) -> None:
    state, _script = state_of(session, "Undo: release", "Again: release")
    state.choose(release="5.4.1")
    change(state)
    assert state.selection.release != "5.4.1"
    change(state)
    assert state.selection.release == "5.4.1"
