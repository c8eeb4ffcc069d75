"""Puts the table of what works into the README, between its two marks: `python -m tests.support.readme_table`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wizard.catalogue.store import catalogue
from wizard.check.matrix import matrix
from wizard.machine.survey import ordinary_linux

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- table: made by python -m tests.support.readme_table -->\n", "<!-- end of table -->\n"
HOSTS = ("x86_64-linux", "i686-linux")


def with_table(text: str) -> str:
    """`text` with a row for each target and C library that works, for compilers on both hosts."""
    known, machine = catalogue(), ordinary_linux()
    proved: dict[tuple[str, str, str], list[str]] = {}
    for release in known.releases:
        for cell in matrix(known, machine, release, HOSTS):
            if cell.verdict == "works":
                proved.setdefault((cell.host, cell.target, cell.libc), []).append(cell.release)
    rows = [
        f"| `{target}` | {libc} | {', '.join(releases)} | {'' if host == HOSTS[0] else f'`{host}`'} |"
        for (host, target, libc), releases in sorted(
            proved.items(), key=lambda item: _order(item[0], known.machines)
        )
    ]
    head = "| target | C library | OCaml | host, where it is not x86_64 |\n| --- | --- | --- | --- |"
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{head}\n" + "\n".join(rows) + f"\n\n{END}{rest.split(END)[1]}"


def _order(key: tuple[str, str, str], machines: Iterable[str]) -> tuple[int, int]:
    host, target, _libc = key
    return HOSTS.index(host), list(machines).index(target)


def main() -> None:
    """Write the README."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
