"""The matrix as text, as Markdown and as JSON, for the command `matrix` and for the README."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from wizard.check.matrix import VERDICTS, Cell
from wizard.faces.text.plans import as_json, table

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]

NO_LIBC = "no C library"
"""The heading above machines that no C library of the catalogue is for."""

LEGEND = (
    "works: built and its programs run, on that day. untested: nothing speaks against it, nobody has tried.\n"
    "refused: it cannot work; `ocaml-cross-wizard check --target … --host … --release …` says why and what to do."
)

MOST = 3
"""As many releases as are named one by one where the rest of a row is alike."""


def matrix_text(cells: tuple[Cell, ...], *, by_release: bool = False) -> str:
    """The matrix as tables for a terminal, one a host."""
    return "\n\n".join([*_tables(cells, table, by_release), LEGEND])


def matrix_markdown(cells: tuple[Cell, ...], *, by_release: bool = False) -> str:
    """The matrix as Markdown tables, one a host."""
    return "\n\n".join(_tables(cells, markdown_table, by_release))


def matrix_json(cells: tuple[Cell, ...]) -> str:
    """The matrix as JSON: a list of cells."""
    return as_json(cells)


def _tables(cells: tuple[Cell, ...], drawn: Table, by_release: bool) -> Iterable[str]:
    for host, of_host in groupby(sorted(cells, key=lambda cell: _first(cells, cell.host)), lambda cell: cell.host):
        rows = tuple(of_host)
        if by_release:
            yield f"Hosted on {host}:\n\n{drawn(*_release_lists(rows))}"
            continue
        for release, of_release in groupby(rows, lambda cell: cell.release):
            yield f"OCaml {release}, hosted on {host}:\n\n{drawn(*_grid(tuple(of_release)))}"


def _first(cells: tuple[Cell, ...], host: str) -> int:
    """Where a host comes first, for keeping the order of the cells."""
    return next(number for number, cell in enumerate(cells) if cell.host == host)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column as code."""
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |"]
    lines += [f"| `{first}` | {' | '.join(rest)} |" for first, *rest in rows]
    return "\n".join(lines)


def _grid(cells: tuple[Cell, ...]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Targets down, C libraries across."""
    libcs = sorted(dict.fromkeys(cell.libc for cell in cells), key=lambda libc: not libc)
    found = {cell.pair: words(cell) for cell in cells}
    targets = dict.fromkeys(cell.target for cell in cells)
    header = ("target", *(libc or NO_LIBC for libc in libcs))
    return header, [(target, *(found.get((target, libc), "-") for libc in libcs)) for target in targets]


def words(cell: Cell) -> str:
    """A cell in short: `works 2026-11-21`, `untested`, `refused word-size`."""
    if cell.verdict == "works" and cell.evidence is not None:
        return f"works {cell.evidence.date}"
    if cell.verdict == "refused":
        more = f" +{len(cell.codes) - 1}" if len(cell.codes) > 1 else ""
        return f"refused {cell.codes[0]}{more}"
    return "untested (built, not run)" if cell.evidence else "untested"


def _release_lists(cells: tuple[Cell, ...]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Targets and C libraries down; the releases that work, that are untested, that are refused across."""
    rows: list[Sequence[str]] = []
    for target, libc in dict.fromkeys(cell.pair for cell in cells):
        row = [cell for cell in cells if cell.pair == (target, libc)]
        groups = {verdict: [cell for cell in row if cell.verdict == verdict] for verdict in VERDICTS}
        most = max((groups[verdict] for verdict in VERDICTS if verdict != "works"), key=len)
        rows.append((target, libc or "-", *(_releases(group, row, group is most) for group in groups.values())))
    return ("target", "C library", *VERDICTS), rows


def _releases(group: list[Cell], row: list[Cell], most: bool) -> str:
    """The releases of one column; `all`, or `the others` where they are the most of a row, and why.

    Of what works each is named.
    """
    if not group:
        return "-"
    each = dict.fromkeys(code for cell in group for code in cell.codes)
    shared = [code for code in each if all(code in cell.codes for cell in group)]
    why = f" ({', '.join(shared or each)})" if each else ""
    if len(group) == len(row) > 1:
        return f"all{why}"
    if most and len(group) > MOST:
        return f"the others{why}"
    return ", ".join(cell.release for cell in group) + why
