"""The log, key by key: on a log of its own, without a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from tests.faces.tui.drive import drawn, press, until
from tests.support.paths import ROOT
from wizard.faces.tui.widgets.log_lines import LogLines
from wizard.faces.tui.widgets.log_view import LogView


class Alone(App[int]):
    """A log and nothing else."""

    CSS_PATH = str(ROOT / "wizard" / "faces" / "tui" / "wizard.tcss")

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def compose(self) -> ComposeResult:
        yield LogView()

    def on_mount(self) -> None:
        self.query_one(LogView).open(self.path, "configure")
        self.query_one(LogLines).focus()


def lines_of(pilot: Pilot[int]) -> LogLines:
    return pilot.app.query_one(LogLines)


def rows(pilot: Pilot[int]) -> list[str]:
    """What is on the screen, without line numbers."""
    return [line[5:] for line in drawn(lines_of(pilot)) if line.strip()]


def title(pilot: Pilot[int]) -> str:
    return str(pilot.app.query_one(LogView).border_title)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A thousand lines: errors at 100 and 900, warnings at 200 and 300, `needle` at 500 and 700."""
    odd = {100: "x.c:1: error: first", 900: "x.c:9: error: second", 200: "x.c:2: warning: one",
           300: "x.c:3: warning: two", 500: "a needle", 700: "a Needle"}  # fmt: skip
    path = tmp_path / "configure.log"
    path.write_text("".join(f"{odd.get(n, f'line {n}')}\n" for n in range(1, 1001)))
    return path


async def all_read(pilot: Pilot[int], count: int = 1000) -> None:
    view = pilot.app.query_one(LogView)
    await until(pilot, lambda: view.index.count == count and view.marks.over)
    view.on_log_view_grown()  # the reader's last word may still be on its way
    await until(pilot, lambda: rows(pilot))


async def test_the_end_is_followed_until_one_moves(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await until(pilot, lambda: rows(pilot)[-1] == "  line 1000")
        assert "1,000 lines · ✗ 2 · ! 2 · following" in title(pilot)
        await press(pilot, "k")
        assert "line 999 of 1,000" in title(pilot)
        assert "paused" in title(pilot)
        with log.open("a") as file:
            file.write("line 1001\n")
        await all_read(pilot, 1001)
        assert rows(pilot)[-1] == "  line 1000"
        await press(pilot, "G")
        assert rows(pilot)[-1] == "  line 1001"
        with log.open("a") as file:
            file.write("line 1002\n")
        await until(pilot, lambda: rows(pilot)[-1] == "  line 1002")
        await press(pilot, "f")
        assert "paused" in title(pilot)
        await press(pilot, "f")
        assert "following" in title(pilot)


async def test_moving_by_keys(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await press(pilot, "g")
        assert (lines_of(pilot).line, rows(pilot)[0]) == (0, "  line 1")
        await press(pilot, "j", "down", "k")
        assert lines_of(pilot).line == 1
        page = lines_of(pilot).size.height
        await press(pilot, "pagedown", "pagedown")
        assert lines_of(pilot).line == 1 + 2 * (page - 1)
        await press(pilot, "pageup")
        assert lines_of(pilot).line == page
        await press(pilot, "end")
        assert lines_of(pilot).line == 999


async def test_errors_and_warnings_are_marked_by_a_sign_and_jumped_to(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await press(pilot, "e")
        assert lines_of(pilot).line == 99
        assert "✗ x.c:1: error: first" in rows(pilot)
        await press(pilot, "e")
        assert lines_of(pilot).line == 899
        await press(pilot, "E")
        assert lines_of(pilot).line == 99
        await press(pilot, "w")
        assert lines_of(pilot).line == 199
        assert "! x.c:2: warning: one" in rows(pilot)
        await press(pilot, "w", "W")
        assert lines_of(pilot).line == 199


async def test_search_forward_and_back_and_round(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await press(pilot, "g", "slash", *"needle", "enter")
        await until(pilot, lambda: lines_of(pilot).line == 499)
        assert "/needle in 2 lines" in title(pilot)
        assert not pilot.app.query_one(Input).display
        await press(pilot, "n")
        assert lines_of(pilot).line == 699  # small letters find capital ones
        await press(pilot, "n")
        assert lines_of(pilot).line == 499
        await press(pilot, "N")
        assert lines_of(pilot).line == 699


async def test_a_capital_letter_is_meant_and_nothing_found_is_said(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12), notifications=True) as pilot:
        await all_read(pilot)
        await press(pilot, "g", "slash", *"Needle", "enter")
        await until(pilot, lambda: lines_of(pilot).line == 699)
        await press(pilot, "slash", "end", *"x", "enter")
        await until(pilot, lambda: "in 0 lines" in title(pilot))
        await press(pilot, "n")
        assert lines_of(pilot).line == 699
        assert any("none in this log" in note.message for note in pilot.app._notifications)


async def test_the_search_can_be_left(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await press(pilot, "slash", *"abc", "escape")
        assert not pilot.app.query_one(Input).display
        assert lines_of(pilot).has_focus
        assert "/abc" not in title(pilot)


async def test_filters_leave_only_what_matters_and_give_all_back(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await press(pilot, "exclamation_mark")
        wanted = [
            "✗ x.c:1: error: first",
            "! x.c:2: warning: one",
            "! x.c:3: warning: two",
            "✗ x.c:9: error: second",
        ]
        assert rows(pilot) == wanted
        assert "only errors and warnings" in title(pilot)
        with log.open("a") as file:
            file.write("x.c:9: error: third\n")
        await until(pilot, lambda: len(rows(pilot)) == 5)
        await press(pilot, "g", "exclamation_mark")
        assert lines_of(pilot).line == 99  # the same line, among all
        assert "  line 101" in rows(pilot)
        await press(pilot, "slash", *"needle", "enter")
        await press(pilot, "m")
        assert rows(pilot) == ["  a needle", "  a Needle"]
        await press(pilot, "e")  # what the filter hides can be jumped to all the same
        assert "✗ x.c:9: error: second" in rows(pilot)


async def test_long_lines_are_seen_sideways_or_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    text = "".join(f"{n:04}." for n in range(60))
    path.write_text(f"{text}\nshort\n" + "é" * 100 + "\nlast\n")
    async with Alone(path).run_test(size=(60, 12)) as pilot:
        await all_read(pilot, 4)
        await press(pilot, "g")
        assert len(rows(pilot)) == 4
        await press(pilot, "right")
        assert drawn(lines_of(pilot))[0].startswith("  " + text[16:40])
        await press(pilot, "left", "left", "z")
        page = drawn(lines_of(pilot))
        width = lines_of(pilot).size.width - 2
        assert page[0][2:] == text[:width]
        assert page[1][2:] == text[width : 2 * width]
        assert "".join(line[2:] for line in page).count("é") == 100
        assert any(line.endswith("last") for line in page)


async def test_a_wrapped_log_shows_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(f"{n} {'word ' * 40}\n" for n in range(50)) + "the end\n")
    async with Alone(path).run_test(size=(60, 12)) as pilot:
        await all_read(pilot, 51)
        await press(pilot, "z", "G")
        assert "the end" in " ".join(drawn(lines_of(pilot)))
        await press(pilot, "g")
        assert drawn(lines_of(pilot))[0].startswith("  0 word")
        for _ in range(6):
            await press(pilot, "j")
        assert any(line.startswith("  6 word") for line in drawn(lines_of(pilot)))


async def test_a_line_is_copied_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("one\n" + "y" * 30_000 + "\n")
    async with Alone(path).run_test(size=(60, 12)) as pilot:
        await all_read(pilot, 2)
        await press(pilot, "y")
        assert pilot.app.clipboard == "y" * 30_000
        await press(pilot, "g", "y")
        assert pilot.app.clipboard == "one"


async def test_bytes_that_are_no_text_and_lines_without_end(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"\xff\xfe\x00 odd\n" + b"\x1b[31mred\x1b[0m\n" + b"10%\r20%\rdone\n" + b"z" * 10_000_000)
    async with Alone(path).run_test(size=(60, 12)) as pilot:
        await all_read(pilot, 4)
        shown = drawn(lines_of(pilot))
        assert "odd" in shown[0]
        assert shown[1].strip() == "red"
        assert shown[2].strip() == "done"
        assert shown[3].startswith("  zzzz")
        await press(pilot, "z", "right", "z")


async def test_the_mouse_moves_the_cursor_and_the_wheel_leaves_the_end(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await pilot.click(LogLines, offset=(10, 3))
        assert lines_of(pilot).line == lines_of(pilot)._laid_out()[3].line
        await press(pilot, "G")
        await pilot._post_mouse_events([events.MouseScrollUp], LogLines)
        await until(pilot, lambda: "paused" in title(pilot))


async def test_another_size_keeps_the_line_in_sight(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 40)) as pilot:
        await all_read(pilot)
        await press(pilot, "e")
        await pilot.resize_terminal(80, 8)
        await until(pilot, lambda: any("error: first" in row for row in rows(pilot)))


@pytest.mark.parametrize("order", ["read first", "small first", "pointed first", "grows"])
async def test_what_is_pointed_at_stands_at_the_same_place_whatever_came_first(log: Path, order: str) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    if order == "grows":
        log.write_bytes(b"".join(lines[:970]))
    async with Alone(log).run_test(size=(80, 12 if order == "small first" else 40)) as pilot:
        if order != "pointed first":
            await all_read(pilot, 970 if order == "grows" else 1000)
        pilot.app.query_one(LogView).point_at(964)
        if order == "grows":
            log.write_bytes(b"".join(lines))
        await all_read(pilot)
        await pilot.resize_terminal(80, 12)
        await until(pilot, lambda: len(rows(pilot)) < 12)
        assert lines_of(pilot).size.height // 3 == 3
        assert rows(pilot)[3].split() == ["▶", "line", "965"]


async def test_what_was_out_of_sight_is_shown_with_what_is_above_it(log: Path) -> None:
    async with Alone(log).run_test(size=(80, 12)) as pilot:
        await all_read(pilot)
        await press(pilot, "e")
        await until(pilot, lambda: rows(pilot)[3] == "✗ x.c:1: error: first")
        pilot.app.query_one(LogView).point_at(499)
        await until(pilot, lambda: rows(pilot)[3] == "▶ a needle")


async def test_what_is_pointed_at_is_in_sight_where_lines_are_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(f"{n} {'word ' * 80}\n" for n in range(50)) + "the end\n")
    async with Alone(path).run_test(size=(60, 12)) as pilot:
        await all_read(pilot, 51)
        await press(pilot, "z")
        pilot.app.query_one(LogView).point_at(40)
        await until(pilot, lambda: any(line.startswith("▶ 40 word") for line in drawn(lines_of(pilot))))
        await pilot.resize_terminal(60, 10)
        await until(pilot, lambda: any(line.startswith("▶ 40 word") for line in drawn(lines_of(pilot))))
