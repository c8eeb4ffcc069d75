"""The README: a door of 5 to 7 kB, whose commands and table are those of the code."""

from __future__ import annotations

import re

import pytest

from tests.support.pages import blocks
from tests.support.paths import ROOT
from tests.support.readme_table import BEGIN, END, README, with_table

TEXT = README.read_text(encoding="utf-8")


def test_it_is_short() -> None:
    assert 5000 <= len(TEXT.encode()) <= 7000


def test_the_two_commands_are_those_that_others_use() -> None:
    first, second = (block.text.strip() for block in blocks(TEXT, "sh")[:2])
    assert first == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/ocaml-cross-wizard"
    assert second == (
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest -n 2"
    )
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]'" in ci
    assert ".venv/bin/python -m pytest -n 2" in ci


def test_it_has_the_table_that_the_catalogue_gives() -> None:
    assert with_table(TEXT) == TEXT, "run: python -m tests.support.readme_table"


def test_a_row_of_the_table_has_evidence() -> None:
    table = TEXT.partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table.strip().splitlines()[2:]]
    assert ["aarch64-linux", "glibc", "5.3.0", ""] in rows
    assert ["armv7-linux", "musl", "4.14.1", "i686-linux"] in rows
    assert not any(target.endswith("unikraft") for target, *_rest in rows)


def test_it_has_one_picture_and_leads_to_every_kind_of_page() -> None:
    assert len(re.findall(r"!\[", TEXT)) == 1
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    for kind in ("docs/tutorial/", "docs/how-to/", "docs/reference/", "docs/explanation/"):
        assert any(link.startswith(kind) for link in links), kind


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"])
def test_it_leads_to_the_documents_beside_it(name: str) -> None:
    assert f"]({name})" in TEXT
