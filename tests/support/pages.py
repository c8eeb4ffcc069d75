"""The documents for people: the README, the pages of docs/, the documents of the root, and what stands in them."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from types import ModuleType
from typing import NamedTuple

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
WRITTEN = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")))
}
"""The text of every document that somebody writes, by its path."""


class Block(NamedTuple):
    """A block of code of a page. note: the text of the comment in the line before it, "" without one."""

    language: str
    title: str
    text: str
    note: str
    number: int


_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^>]*) -->\n)?^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]*)\")?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(text: str, language: str = "") -> list[Block]:
    """The blocks of code of a page, of one language or of all."""
    return [
        Block(found["language"], found["title"] or "", found["text"], found["note"] or "", number)
        for number, found in enumerate(_BLOCK.finditer(text), 1)
        if language in ("", found["language"])
    ]


@cache
def generator() -> ModuleType:
    """The module docs/generate.py, which lies in no package."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def generated() -> dict[str, str]:
    """Every page that is made from the code, by its path below docs/."""
    pages: dict[str, str] = generator().pages()
    return pages
