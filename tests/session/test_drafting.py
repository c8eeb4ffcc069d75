"""Undo and redo, drafts on the disk, and the words for both: values, no screen."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.fakes import REAL
from tests.support.properties import given
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, normalise
from wizard.faces.cli.commands.build import build
from wizard.faces.cli.selections import changed_preset
from wizard.faces.tui.screens.tour import pages
from wizard.faces.tui.screens.welcome import ago
from wizard.session.draft import Draft, build_words, difference
from wizard.session.drafting import Drafting
from wizard.session.history import MOST, History
from wizard.session.saved_drafts import MOST_DRAFTS, SavedDrafts
from wizard.session.session import Session

FIRST = Draft(Selection("aarch64-linux", "musl", toolchain="zig"))
OTHER = Draft(Selection("aarch64-linux", "musl", "5.4.1", toolchain="zig"))
THIRD = Draft(Selection("riscv64-linux", "musl", "5.4.1", toolchain="zig"))

STEPS = st.lists(st.sampled_from(["undo", "redo"]) | st.integers(0, 5), max_size=30)


@given(STEPS)
def test_undo_and_redo_walk_through_a_line_of_values(steps: list[str | int]) -> None:
    history = History(0)
    line, at = [0], 0  # the model: all values, and where one is
    for step in steps:
        if step == "undo":
            history, at = history.undone(), max(at - 1, 0)
        elif step == "redo":
            history, at = history.redone(), min(at + 1, len(line) - 1)
        elif isinstance(step, int) and step != line[at]:
            history, line, at = history.to(step), [*line[: at + 1], step], at + 1
        assert history.present == line[at]
    assert (*history.past, history.present, *history.future) == tuple(line)


def test_typing_is_taken_back_at_once_and_only_typing() -> None:
    history = History("").to("a", "prefix").to("ab", "prefix").to("x", "sources").to("y")
    assert history.past == ("", "ab", "x")
    assert history.undone().to("yz", "sources").past == ("", "ab", "x"), "typing after an undo is a new change"


def test_the_oldest_choice_is_forgotten_first() -> None:
    history = History(0)
    for value in range(1, MOST + 50):
        history = history.to(value)
    assert len(history.past) == MOST
    assert history.past[-1] == MOST + 48


# ---------------------------------------------------------------- on the disk


def test_a_draft_comes_back_as_it_was(tmp_path: Path) -> None:
    draft = msgspec.structs.replace(OTHER, prefix="/tmp/ä b", offline=True, origin=Preset(FIRST.selection, "Mine"))
    assert SavedDrafts(tmp_path / "new" / "folder").save(draft, "one")
    (found,) = SavedDrafts(tmp_path / "new" / "folder").drafts()
    assert (found.id, found.draft) == ("one", draft)


def test_the_newest_drafts_are_kept_and_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1, 100))
    monkeypatch.setattr("wizard.session.saved_drafts.time.time", lambda: float(next(clock)))
    kept = SavedDrafts(tmp_path)
    for number in range(MOST_DRAFTS + 3):
        kept.save(OTHER, f"draft{number}")
    assert [draft.id for draft in kept.drafts()] == [f"draft{n}" for n in range(MOST_DRAFTS + 2, 2, -1)]
    kept.save(THIRD, "draft3")
    assert kept.drafts()[0].id == "draft3"
    kept.forget("draft3")
    assert "draft3" not in {draft.id for draft in kept.drafts()}


@pytest.mark.parametrize("spoiled", [b"", b"{", b'{"id": 1}', b"\xff\xfe", b"[]"])
def test_a_damaged_draft_is_left_out_and_harms_no_other(tmp_path: Path, spoiled: bytes) -> None:
    kept = SavedDrafts(tmp_path)
    kept.save(OTHER, "good")
    (tmp_path / "drafts" / "bad.json").write_bytes(spoiled)
    assert [draft.id for draft in kept.drafts()] == ["good"]


def test_where_nothing_can_be_written_the_draft_is_kept_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = SavedDrafts(tmp_path / "file")
    assert not kept.save(OTHER, "one")
    assert [draft.id for draft in kept.drafts()] == ["one"]
    kept.note_tour()
    assert kept.tour_seen


def test_the_tour_is_shown_once(tmp_path: Path) -> None:
    assert not SavedDrafts(tmp_path).tour_seen
    SavedDrafts(tmp_path).note_tour()
    assert SavedDrafts(tmp_path).tour_seen
    assert SavedDrafts(None).tour_seen, "a run that keeps nothing shows none"


def test_the_tour_has_five_short_pages() -> None:
    assert len(pages()) == 5
    for page in pages():
        assert sum(len(words) for words in page.text) < 300
        assert page.keys


# ---------------------------------------------------------------- the choices of a run


def test_a_first_draft_is_not_written_and_a_choice_is(tmp_path: Path) -> None:
    choices = Drafting(SavedDrafts(tmp_path))
    choices.take(FIRST)
    assert (choices.safe, choices.begun, choices.saved.drafts()) == (True, False, [])
    choices.change(OTHER)
    assert (choices.safe, choices.begun) == (True, True)
    assert [other.draft for other in Drafting(SavedDrafts(tmp_path)).others()] == [OTHER]
    assert choices.others() == [], "one's own draft is not another one"


def test_what_could_not_be_written_would_be_lost() -> None:
    choices = Drafting(SavedDrafts(None))
    choices.take(FIRST)
    assert choices.safe
    choices.change(OTHER)
    assert not choices.safe
    choices.safe_elsewhere()
    assert (choices.safe, choices.begun) == (True, False)


def test_a_build_takes_the_draft_away(tmp_path: Path) -> None:
    choices = Drafting(SavedDrafts(tmp_path))
    choices.take(FIRST)
    choices.change(OTHER)
    choices.safe_elsewhere()
    assert SavedDrafts(tmp_path).drafts() == []
    choices.change(THIRD)
    assert [draft.draft for draft in SavedDrafts(tmp_path).drafts()] == [THIRD]


def test_undo_is_kept_on_the_disk_too(tmp_path: Path) -> None:
    choices = Drafting(SavedDrafts(tmp_path))
    choices.take(FIRST)
    choices.change(OTHER)
    choices.change(THIRD)
    assert choices.first == FIRST
    assert choices.undo() == (THIRD, OTHER)
    assert [draft.draft for draft in SavedDrafts(tmp_path).drafts()] == [OTHER]
    assert choices.redo() == (OTHER, THIRD)
    assert choices.redo() is None


def test_going_on_with_a_kept_draft_writes_to_the_same_file(tmp_path: Path) -> None:
    first = Drafting(SavedDrafts(tmp_path))
    first.take(FIRST)
    first.change(OTHER)
    (kept,) = SavedDrafts(tmp_path).drafts()
    second = Drafting(SavedDrafts(tmp_path))
    second.take(kept.draft, kept.id)
    second.change(THIRD)
    assert [(draft.id, draft.draft) for draft in SavedDrafts(tmp_path).drafts()] == [(kept.id, THIRD)]


# ---------------------------------------------------------------- words


def test_a_difference_names_what_changed() -> None:
    assert difference(FIRST, OTHER) == "release 5.3.0 → 5.4.1"
    assert difference(FIRST, FIRST) == "nothing"
    changed = msgspec.structs.replace(FIRST, prefix="/tmp/x", offline=True)
    assert difference(FIRST, changed) == "prefix none → /tmp/x, offline no → yes"
    patched = FIRST.with_selection(
        msgspec.structs.replace(FIRST.selection, patches=("/a/one.patch", "/b/two.patch"))
    )
    assert difference(FIRST, patched) == "patches none → one.patch, two.patch"


SELECTIONS = st.builds(
    Selection,
    target=st.sampled_from(["aarch64-linux", "x86_64-linux", "armv7-linux"]),
    libc=st.sampled_from(["musl", "glibc"]),
    release=st.sampled_from(list(REAL.releases)),
    host=st.sampled_from(["native", "i686-linux"]),
    toolchain=st.sampled_from(["zig", "gcc"]),
    host_compiler=st.sampled_from(["auto", "path", "build"]),
    patches=st.sampled_from([(), ("/a b/it's.patch",), ("/a/1.patch", "/a/2.patch")]),
    without=st.sampled_from([(), ("arm-llvm-assembler",)]),
    bindings=st.just(""),
    sources=st.sampled_from([(), ("solo5=/my sources/solo5",)]),
)


@given(st.builds(Draft, SELECTIONS, st.sampled_from(["", "/opt/a b"]), st.just(""), st.booleans()))
def test_the_command_to_copy_builds_the_same_selection(draft: Draft) -> None:
    words = shlex.split(build_words(draft))
    assert words[:2] == ["ocaml-cross-wizard", "build"]
    choice = build.make_context("build", words[2:]).params
    session = Session.__new__(Session)
    session.catalogue = REAL
    meant = changed_preset(session, Preset(Selection(target=choice["target"])), choice).selection
    assert meant == normalise(draft.selection, REAL)
    assert str(choice["prefix"] or "") == draft.prefix
    assert choice["offline"] == draft.offline


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (-5, "just now"), (61, "1 minute ago"), (7300, "2 hours ago"), (90_000, "1 day ago")],
)
def test_a_time_in_the_past(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_nothing_is_read_before_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: pytest.fail("the drafts are read"))
    Drafting(SavedDrafts(tmp_path)).take(FIRST)
