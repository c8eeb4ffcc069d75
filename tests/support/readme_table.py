"""Puts the matrix into the README, between its two marks: `python -m tests.support.readme_table`."""

from __future__ import annotations

from pathlib import Path

from wizard.catalogue.store import catalogue
from wizard.check.matrix import matrix
from wizard.faces.text.matrix import matrix_markdown
from wizard.machine.survey import ordinary_linux

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- matrix: made by python -m tests.support.readme_table -->\n", "<!-- end of matrix -->\n"
HOSTS = ("x86_64-linux", "i686-linux")


def with_tables(text: str) -> str:
    """`text` with a table for an x86_64 host, and one of what a 32-bit host adds to it."""
    known, here = catalogue(), ordinary_linux()
    whole = [cell for release in known.releases for cell in matrix(known, here, release, HOSTS)]
    open_ones = [cell for cell in whole if known.machines[cell.target].closed is None]
    hopeful = {(cell.host, *cell.pair) for cell in open_ones if cell.verdict != "refused"}
    shown = (cell for cell in open_ones if cell.host == HOSTS[0] or (cell.host, *cell.pair) in hopeful)
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{matrix_markdown(tuple(shown), by_release=True)}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the README."""
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
