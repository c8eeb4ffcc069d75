"""The house: rooms import downward only, nothing lies in the hall, no circle anywhere (see ARCHITECTURE.md)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.house import (
    FLOORS,
    HALL,
    arrows,
    between_rooms,
    circles,
    drawing,
    figures,
    modules,
    mutual,
    upward,
)
from tests.support.paths import ROOT

GRAPH = arrows(ROOT)
ROOMS = between_rooms(GRAPH)


def test_nothing_lies_in_the_hall() -> None:
    lying = {path.name for path in (ROOT / "wizard").iterdir() if path.is_file()}
    assert lying <= {"__init__.py", "__main__.py", "py.typed"}
    assert figures(ROOT)["files in the hall"] == 0


def test_every_room_has_a_floor_and_every_floor_is_a_room() -> None:
    assert {room for room in ROOMS if room != HALL} == {room for floor in FLOORS for room in floor}


def test_no_arrow_runs_upward_and_no_two_rooms_name_each_other() -> None:
    assert upward(ROOMS) == []
    assert mutual(ROOMS) == []


def test_there_is_no_circle() -> None:
    assert circles(GRAPH) == []


def test_nothing_is_called_build_which_tools_take_for_output() -> None:
    assert [str(path) for path in (ROOT / "wizard").rglob("*") if path.is_dir() and path.name == "build"] == []


def test_the_floors_are_those_of_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "layers")["layers"]
    named = [tuple(part.strip().removeprefix("wizard.") for part in floor.split("|")) for floor in layers]
    assert [floor for floor in named if "." not in floor[0]] == list(FLOORS[1:])


def test_what_is_counted_is_counted_right(tmp_path: Path) -> None:
    package = tmp_path / "wizard"
    for name, text in {
        "__init__.py": "",
        "loose.py": "",
        "base/a.py": "from wizard.faces import b\n",
        "faces/b.py": "import wizard.base.a\nfrom wizard import loose\n",
        "faces/c.py": "def f() -> None:\n    from wizard.faces import d\n",
        "faces/d.py": "from wizard.faces.c import f\n",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    graph = arrows(tmp_path)
    assert circles(graph) == [["wizard.base.a", "wizard.faces.b"], ["wizard.faces.c", "wizard.faces.d"]]
    assert upward(between_rooms(graph)) == [("base", "faces")]
    assert mutual(between_rooms(graph)) == [("base", "faces")]
    assert figures(tmp_path)["files in the hall"] == 1
    assert set(modules(tmp_path)) == {
        "wizard", "wizard.loose", "wizard.base.a", "wizard.faces.b", "wizard.faces.c", "wizard.faces.d",
    }  # fmt: skip
    assert drawing(tmp_path).count("<rect") == 3


@pytest.mark.parametrize("room", [room for floor in FLOORS for room in floor])
def test_the_tests_of_a_room_stand_where_the_room_stands(room: str) -> None:
    assert (ROOT / "tests" / room).is_dir()
