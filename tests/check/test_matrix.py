"""The matrix: every verdict is what a check says and what the evidence shows, in every form it is printed in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import REAL, with_alpha
from tests.support.readme_table import README, with_tables
from wizard.base import codes
from wizard.catalogue.model import Catalogue, Evidence
from wizard.catalogue.selection import NATIVE
from wizard.check.check import check
from wizard.check.findings import errors
from wizard.check.matrix import (
    VERDICTS,
    Cell,
    cell_of,
    counts,
    hosts_of,
    matching,
    matrix,
    resolved_of,
    selection_of,
)
from wizard.faces.text.matrix import NO_LIBC, matrix_json, matrix_markdown, matrix_text, words
from wizard.machine.survey import ordinary_linux

HERE = ordinary_linux()
PROVED = Evidence(
    target="aarch64-linux",
    libc="musl",
    release="5.3.0",
    host="x86_64-linux",
    toolchain="zig",
    toolchain_version="0.17.0",
    source_file="ocaml-5.3.0.tar.gz",
    source_sha256="0" * 64,
    wizard="0.1.0",
    ran="under qemu-aarch64",
    passed=60,
    date="2026-11-21",
    command="ocaml-cross-wizard build --target aarch64-linux",
)


def with_evidence(*evidence: Evidence, known: Catalogue = REAL) -> Catalogue:
    return msgspec.structs.replace(known, evidence=evidence)


def proved(**changes: object) -> Evidence:
    return msgspec.structs.replace(PROVED, **changes)


def cells_of(known: Catalogue, *releases: str) -> tuple[Cell, ...]:
    return tuple(cell for release in releases for cell in matrix(known, HERE, release))


KNOWN = with_evidence(PROVED, proved(libc="glibc", toolchain="gcc", ran=""))
CELLS = cells_of(KNOWN, "5.3.0", "5.4.1", "4.14.2")
cells = st.sampled_from(CELLS)


def the(found: tuple[Cell, ...], **wanted: str) -> Cell:
    """The one cell with these values; host x86_64-linux and release 5.3.0 where they are not given."""
    wanted = {"host": "x86_64-linux", "release": "5.3.0", **wanted}
    (cell,) = [one for one in found if all(getattr(one, name) == value for name, value in wanted.items())]
    return cell


# ---------------------------------------------------------------- verdicts


@given(cells)
def test_refused_is_what_a_check_refuses_and_what_is_only_missing_here_is_not(cell: Cell) -> None:
    found = check(resolved_of(cell, KNOWN, HERE))
    refusing = {error.code for error in errors(found) if codes.findings()[error.code].kind == "refused"}
    assert set(cell.codes) == refusing
    assert (cell.verdict == "refused") == bool(refusing)


@given(cells)
def test_works_is_what_was_built_and_run(cell: Cell) -> None:
    place = resolved_of(cell, KNOWN, HERE)
    ran = any(
        one.ran and (one.target, one.libc, one.release, one.host, one.toolchain)
        == (cell.target, place.libc.id, cell.release, cell.host, cell.toolchain)
        for one in KNOWN.evidence
    )  # fmt: skip
    assert (cell.verdict == "works") == (ran and not cell.codes)


@given(cells)
def test_a_cell_is_the_cell_of_its_selection(cell: Cell) -> None:
    place = resolved_of(cell, KNOWN, HERE)
    again = cell_of(place)
    assert msgspec.structs.replace(again, libc=cell.libc) == cell
    assert again.libc in (cell.libc, place.libc.id)
    assert (selection_of(cell, HERE).host == NATIVE) == (cell.host == HERE.machine)


def test_a_build_whose_programs_were_not_run_stays_untested() -> None:
    cell = the(CELLS, target="aarch64-linux", libc="glibc")
    assert (cell.verdict, words(cell)) == ("untested", "untested (built, not run)")
    assert cell.evidence is not None


def test_a_run_counts_more_than_a_later_build_without_one() -> None:
    known = with_evidence(PROVED, proved(ran="", date="2027-01-01"), proved(date="2026-01-01"))
    cell = the(cells_of(known, "5.3.0"), target="aarch64-linux", libc="musl")
    assert cell.evidence == PROVED
    assert words(cell) == "works 2026-11-21"


def test_evidence_of_another_host_release_or_toolchain_proves_nothing() -> None:
    for other in ({"host": "i686-linux"}, {"release": "5.4.1"}, {"toolchain": "gcc"}, {"libc": "glibc"}):
        found = cells_of(with_evidence(proved(**other)), "5.3.0")
        assert the(found, target="aarch64-linux", libc="musl").verdict == "untested"


def test_a_proved_toolchain_is_shown_before_an_untested_one() -> None:
    gcc = REAL.toolchains["gcc"]
    both = msgspec.structs.replace(gcc, targets={**gcc.targets, "aarch64-linux-musl": "aarch64-linux-musl"})
    known = with_evidence(
        proved(toolchain="gcc"), known=msgspec.structs.replace(REAL, toolchains={**REAL.toolchains, "gcc": both})
    )
    cell = the(cells_of(known, "5.3.0"), target="aarch64-linux", libc="musl")
    assert (cell.toolchain, cell.verdict) == ("gcc", "works")


def test_no_toolchain_is_a_refusal() -> None:
    cell = the(cells_of(with_alpha(), "5.3.0"), target="alpha-linux")
    assert "toolchain-target" in cell.codes


def test_nothing_in_the_catalogues_evidence_is_refused_by_a_rule() -> None:
    found = [cell for release in REAL.releases for cell in matrix(REAL, HERE, release)]
    assert [cell for cell in found if cell.verdict == "refused" and cell.evidence] == []


# ---------------------------------------------------------------- which cells there are


def test_every_target_has_each_of_its_c_libraries_or_one_cell_without() -> None:
    for host in hosts_of(KNOWN, HERE):
        shown = [cell.pair for cell in CELLS if (cell.host, cell.release) == (host, "5.3.0")]
        assert len(shown) == len(set(shown))
        for target in KNOWN.machines:
            libcs = [id_ for id_, libc in KNOWN.libcs.items() if target in libc.triplets]
            assert [libc for of, libc in shown if of == target] == (libcs or [""])


def test_hosts_are_this_machine_first_then_what_it_runs_then_those_whose_refusal_teaches() -> None:
    shown = hosts_of(KNOWN, HERE)
    assert shown[:2] == ("x86_64-linux", "i686-linux")
    assert {"aarch64-linux", "x86_64-windows"} < set(shown)
    assert all(KNOWN.machines[host].closed is None for host in shown)
    unknown = msgspec.structs.replace(HERE, machine="")
    refused = matrix(KNOWN, unknown, "5.3.0")
    assert all("build-machine" in cell.codes for cell in refused)


def test_only_the_hosts_asked_for_are_shown() -> None:
    shown = matrix(KNOWN, HERE, "4.14.2", ("armv7-linux",))
    assert {cell.host for cell in shown} == {"armv7-linux"}
    assert all("host-runnable" in cell.codes for cell in shown)


def test_counts_add_up() -> None:
    assert list(counts(CELLS)) == list(VERDICTS)
    assert sum(counts(CELLS).values()) == len(CELLS)
    assert counts(()) == dict.fromkeys(VERDICTS, 0)


# ---------------------------------------------------------------- finding by words


@given(cells, st.data())
def test_a_cell_is_found_by_each_of_its_words_and_by_all_together(cell: Cell, data: st.DataObject) -> None:
    machine = KNOWN.machines[cell.target]
    names = [cell.target, cell.libc, cell.verdict, *cell.codes, *machine.spellings, *machine.title.split()]
    typed = data.draw(st.lists(st.sampled_from(names), max_size=3))
    assert cell in matching(CELLS, " ".join(typed).upper(), KNOWN)


@given(st.text(max_size=12))
def test_no_typed_text_is_a_mistake_and_more_words_find_no_more(typed: str) -> None:
    found = matching(CELLS, typed, KNOWN)
    assert set(matching(CELLS, f"{typed} musl", KNOWN)) <= set(found)


def test_words_are_found_where_they_begin() -> None:
    native = [cell for cell in CELLS if cell.host == HERE.machine]
    targets = {cell.target for cell in matching(native, "win", KNOWN)}
    assert "x86_64-windows" in targets
    assert not any("macos" in target for target in targets)  # darwin
    assert {cell.target for cell in matching(CELLS, "raspberry musl", KNOWN)} == {
        "aarch64-linux", "armv7-linux", "armv6-linux",
    }  # fmt: skip
    assert matching(CELLS, "", KNOWN) == CELLS


# ---------------------------------------------------------------- as text


def test_as_json_it_can_be_read_back() -> None:
    assert msgspec.json.decode(matrix_json(CELLS), type=tuple[Cell, ...]) == CELLS


@pytest.mark.parametrize("host", hosts_of(KNOWN, HERE))
def test_every_cell_stands_in_the_markdown_table(host: str) -> None:
    shown = tuple(cell for cell in CELLS if (cell.host, cell.release) == (host, "5.3.0"))
    title, _empty, header, _rule, *rows = matrix_markdown(shown).splitlines()
    assert title == f"OCaml 5.3.0, hosted on {host}:"
    columns = [column.strip() for column in header.strip("|").split("|")]
    read = {}
    for row in rows:
        target, *values = [value.strip().strip("`") for value in row.strip("|").split("|")]
        for column, value in zip(columns[1:], values, strict=True):
            if value != "-":
                read[target, "" if column == NO_LIBC else column] = value
    assert read == {cell.pair: words(cell) for cell in shown}


def test_a_table_over_the_releases_names_each_once() -> None:
    native = tuple(cell for cell in CELLS if cell.host == HERE.machine)
    rows = matrix_markdown(native, by_release=True).splitlines()
    (row,) = [row for row in rows if row.startswith("| `aarch64-linux` | musl |")]
    assert row == "| `aarch64-linux` | musl | 5.3.0 | 5.4.1, 4.14.2 | - |"
    (row,) = [row for row in rows if row.startswith("| `armv7-linux` | musl |")]
    assert row == "| `armv7-linux` | musl | - | - | all (word-size) |"


def test_the_table_for_a_terminal_has_every_target_and_says_what_the_words_mean() -> None:
    shown = matrix_text(CELLS)
    for host in hosts_of(KNOWN, HERE):
        assert shown.count(f"OCaml 5.3.0, hosted on {host}:") == 1
    assert all(target in shown for target in KNOWN.machines)
    assert "nobody has tried" in shown


def test_the_readme_has_the_table_that_the_catalogue_gives() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_tables(text), "run: python -m tests.support.readme_table"
