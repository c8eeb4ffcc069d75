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
    circles_inside,
    drawing,
    figures,
    modules,
    mutual,
    upward,
    upward_at_best,
)
from tests.support.paths import ROOT
from wizard.prove.runners.registry import runner_names
from wizard.toolchains.registry import provider_names

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


def test_no_package_has_a_circle_among_its_own_files_and_packages() -> None:
    assert circles_inside(GRAPH) == {}


def test_nothing_is_called_build_which_tools_take_for_output() -> None:
    """But the file of the command `build`: a command's file has its name."""
    called = {name for name in GRAPH if name.rpartition(".")[2] == "build"}
    assert called == {"wizard.faces.cli.commands.build"}


@pytest.mark.parametrize(
    ("contract", "package", "names"),
    [
        ("Providers of C toolchains do not know each other", "wizard.toolchains", provider_names()),
        ("Runners do not know each other", "wizard.prove.runners", runner_names()),
    ],
)
def test_every_registered_file_is_in_the_contract_of_its_siblings(
    contract: str, package: str, names: tuple[str, ...]
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {held["name"]: held for held in project["tool"]["importlinter"]["contracts"]}
    assert sorted(contracts[contract]["modules"]) == sorted(
        f"{package}.{name.replace('-', '_')}" for name in names
    )


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
    counted = figures(tmp_path)
    assert (counted["files in the hall"], counted["arrows upward between rooms, in their best order"]) == (1, 1)
    assert circles_inside(graph) == {
        "wizard": [["wizard.base", "wizard.faces"]],
        "wizard.faces": [["wizard.faces.c", "wizard.faces.d"]],
    }
    assert set(modules(tmp_path)) == {
        "wizard", "wizard.loose", "wizard.base.a", "wizard.faces.b", "wizard.faces.c", "wizard.faces.d",
    }  # fmt: skip
    assert drawing(tmp_path).count("<rect") == 3


def test_the_fewest_upward_arrows_are_found_whatever_the_floors() -> None:
    assert upward_at_best({"a": {"b"}, "b": {"c"}, "c": set()}) == 0
    assert upward_at_best({"a": {"b", "c", "d"}, "b": {"c", "d"}, "c": {"d"}, "d": {"a", "b"}}) == 2
    assert upward_at_best({"a": {"b"}, "b": {"a"}, "c": {"d", "a"}, "d": {"c"}}) == 2


@pytest.mark.parametrize("room", [room for floor in FLOORS for room in floor])
def test_the_tests_of_a_room_stand_where_the_room_stands(room: str) -> None:
    assert (ROOT / "tests" / room).is_dir()
