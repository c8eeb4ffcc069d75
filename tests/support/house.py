"""Counts the rooms of the house: files, arrows (imports), arrows upward, circles. `python -m tests.support.house`.

A room is a package directly below `wizard`; what lies at the top of `wizard` is in the hall. An arrow is an import
of one file by another. With `--root DIR` another checkout is measured, with `--draw FILE` an SVG is drawn.
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterable
from html import escape
from pathlib import Path

from tests.support.paths import ROOT

FLOORS: tuple[tuple[str, ...], ...] = (
    ("faces",),
    ("session",),
    ("project", "export", "doctor", "link"),
    ("builder",),
    ("prove", "builds"),
    ("plan",),
    ("toolchains", "fetch"),
    ("steps", "logs"),
    ("check",),
    ("binaries", "machine"),
    ("catalogue",),
    ("base",),
)
"""The rooms from the top down: each imports only from floors below its own, as pyproject.toml has it, too."""

HALL = "(hall)"
FRONT = ("wizard", "wizard.__main__")
"""The package's face and its door: they name the version, and start the command line."""

Graph = dict[str, set[str]]


def modules(root: Path) -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((root / "wizard").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows(root: Path) -> Graph:
    """Which modules of the package each module imports, wherever in it the import stands."""
    known = modules(root)
    graph: Graph = {name: set() for name in known}
    for name, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wizard"):
                named = (f"{node.module}.{alias.name}" for alias in node.names)
                graph[name] |= {full if full in known else str(node.module) for full in named}
            elif isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names if alias.name in known}
        graph[name].discard(name)
    return graph


def between_rooms(graph: Graph) -> Graph:
    """Which rooms each room imports from; packages without a file of their own count by their files."""
    found: Graph = defaultdict(set)
    rooms = {name.split(".")[1] for name in graph if name.count(".") >= 2}
    for module, targets in graph.items():
        if module not in FRONT:
            source = _room(module, rooms)
            found[source] |= {_room(target, rooms) for target in targets if target not in FRONT} - {source}
    return dict(found)


def _room(module: str, rooms: Iterable[str]) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in rooms else HALL


def upward(rooms: Graph) -> list[tuple[str, str]]:
    """Imports of a room from its own floor or from one above it. Rooms that no floor has are left out."""
    floor = {room: number for number, names in enumerate(FLOORS) for room in names}
    pairs = ((room, target) for room, targets in rooms.items() for target in targets)
    return sorted(
        (room, target)
        for room, target in pairs
        if room in floor and target in floor and floor[target] <= floor[room]
    )


def upward_at_best(rooms: Graph) -> int:
    """How many arrows between rooms run upward however the rooms are ordered: the fewest that any order leaves.

    It needs no floors, so that checkouts with other rooms can be compared; what lies in the hall counts as a room.
    Exact, by the best order of each subset of rooms that are in a circle (2^n subsets of n rooms).
    """
    fewest = 0
    for loop in circles(rooms):
        above = [sum(1 << loop.index(room) for room in rooms[name] if room in loop) for name in loop]
        best = [0] * (1 << len(loop))  # of a subset that is stacked from the bottom up: its arrows upward
        for subset in range(1, len(best)):
            best[subset] = min(
                best[subset & ~(1 << top)] + sum(above[low] >> top & 1 for low in _members(subset & ~(1 << top)))
                for top in _members(subset)
            )
        fewest += best[-1]
    return fewest


def _members(subset: int) -> list[int]:
    return [number for number in range(subset.bit_length()) if subset >> number & 1]


def mutual(rooms: Graph) -> list[tuple[str, str]]:
    """Pairs of rooms that import from each other."""
    return sorted(
        (room, target)
        for room, targets in rooms.items()
        for target in targets
        if room < target and room in rooms.get(target, set())
    )


def circles(graph: Graph) -> list[list[str]]:
    """The groups of modules that import each other in a loop (strongly connected, by Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in graph.get(name, ()):
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in index:
            visit(name)
    return sorted(found)


def circles_inside(graph: Graph) -> dict[str, list[list[str]]]:
    """The circles among the files of one package alone, by the package (of any depth) that they lie directly in.

    A package's `__init__` counts as a file of it. An arrow to a package below counts as one to that package, so
    that two packages side by side that import each other are a circle of the package around them.
    """
    packages = {name.rpartition(".")[0] for name in graph} - {""}
    found = {}
    for package in sorted(packages):
        inside: Graph = defaultdict(set)
        for module, targets in graph.items():
            source = _part(module, package)
            if source:
                inside[source] |= {part for target in targets if (part := _part(target, package))} - {source}
        loops = circles(dict(inside))
        if loops:
            found[package] = loops
    return found


def _part(module: str, package: str) -> str | None:
    """Which direct member of the package the module is or lies in, if it lies there; `__init__` is a member."""
    if module in FRONT:
        return None
    if module == package:
        return f"{package}.__init__"
    rest = module.removeprefix(f"{package}.")
    return None if rest == module else f"{package}.{rest.split('.')[0]}"


def figures(root: Path) -> dict[str, int]:
    """What is counted, by its name."""
    graph = arrows(root)
    rooms = between_rooms(graph)
    loops = circles(graph)
    return {
        "files": len(graph),
        "rooms": len({room for room in rooms if room != HALL}),
        "files in the hall": sum(
            path.parent.name == "wizard" and path.stem not in ("__init__", "__main__")
            for path in modules(root).values()
        ),
        "arrows between files": sum(map(len, graph.values())),
        "arrows between rooms": sum(len(targets) for room, targets in rooms.items() if room != HALL),
        "pairs of rooms that import each other": len(mutual(rooms)),
        "arrows upward between rooms, in their best order": upward_at_best(rooms),
        "circles": len(loops),
        "files in circles": sum(map(len, loops)),
    }


def drawing(root: Path) -> str:
    """The rooms as boxes, floor above floor, and an arrow for each import between rooms, as SVG."""
    graph = arrows(root)
    rooms = between_rooms(graph)
    known = [name for names in FLOORS for name in names]
    floors = [tuple(name for name in names if name in rooms) for names in FLOORS]
    rest = sorted(room for room in rooms if room not in known)
    floors = [names for names in (*floors, tuple(rest)) if names]
    width, height, step = 150, 30, 74
    at: dict[str, tuple[float, float]] = {}
    for row, names in enumerate(floors):
        for column, name in enumerate(names):
            at[name] = (480 + (column - (len(names) - 1) / 2) * (width + 40), 30 + row * step)
    parts = []
    for room, targets in rooms.items():
        for target in sorted(targets):
            if room in at and target in at:
                (x1, y1), (x2, y2) = at[room], at[target]
                up = y2 <= y1
                colour, thick = ("#c22", 2) if up else ("#89a", 1)
                ends = f'x1="{x1}" y1="{y1 + (0 if up else height)}" x2="{x2}" y2="{y2 + (height if up else 0)}"'
                parts.append(f'<line {ends} stroke="{colour}" stroke-width="{thick}"/>')
    sizes = {room: sum(_room(name, rooms) == room for name in graph) for room in at}
    for room, (x, y) in at.items():
        box = f'x="{x - width / 2}" y="{y}" width="{width}" height="{height}"'
        parts.append(f'<rect {box} rx="5" fill="#fff" stroke="#345"/>')
        words = escape(f"{room} ({sizes[room]})")
        parts.append(f'<text x="{x}" y="{y + 20}" text-anchor="middle" font-size="13">{words}</text>')
    size = f'width="960" height="{len(floors) * step + 20}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">{"".join(parts)}</svg>\n'


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to measure")
    parser.add_argument("--draw", type=Path, help="write a picture (SVG) to this file")
    arguments = parser.parse_args()
    for name, number in figures(arguments.root).items():
        print(f"{number:6}  {name}")
    graph = arrows(arguments.root)
    for loop in circles(graph):
        print(f"circle of {len(loop)}: {', '.join(loop[:6])}{' …' if len(loop) > 6 else ''}")
    for room, target in upward(between_rooms(graph)):
        print(f"upward: {room} -> {target}")
    if arguments.draw:
        arguments.draw.write_text(drawing(arguments.root), encoding="utf-8")


if __name__ == "__main__":
    main()
