"""Every document: its commands are ones that the parser accepts, its TOML is read, what it names is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from tests.support.command_lines import called, parsed
from tests.support.pages import DOCS, WRITTEN, blocks, generated
from tests.support.paths import ROOT
from wizard.catalogue.presets import load_preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.logs.matchers import matchers

KNOWN = catalogue()


@pytest.fixture(autouse=True)
def _paths_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Path, "convert", lambda _self, value, _param, _context: Path(value))


def lines() -> list[tuple[str, str]]:
    """Every line of shell that calls the wizard, with the page it stands on."""
    found = []
    for page, text in WRITTEN.items():
        for block in blocks(text, "sh"):
            joined = block.text.replace("\\\n", " ")
            found += [(page, line) for line in joined.splitlines() if called(line)]
    return found


@pytest.mark.parametrize(("page", "line"), lines())
def test_a_command_is_one_that_the_parser_accepts(page: str, line: str) -> None:
    for words in called(line):
        try:
            parsed(words)
        except click.exceptions.Exit:
            assert words == ["--version"], page


def test_every_preset_that_a_command_names_is_there(tmp_path: Path) -> None:
    del tmp_path
    named = {
        word
        for _page, line in lines()
        for words in called(line)
        if words[:1] in (["build"], ["show"], ["check"], ["fetch"], ["patches"], ["export"], ["diff"], ["doctor"])
        for word in words[1:]
        if re.fullmatch(r"(?:x86_64|aarch64|armv7|riscv64|i686)-[\w-]+", word)
    }
    machines = set(KNOWN.machines) | set(KNOWN.libcs)
    shipped = {path.stem for path in (ROOT / "presets").glob("*.toml")}
    assert len(named) >= 6
    assert named - machines <= shipped


def test_every_command_has_a_guide_that_shows_it() -> None:
    shown = {words[0] for page, line in lines() if page.startswith("docs/") for words in called(line) if words}
    from wizard.faces.cli import root
    from wizard.faces.cli.sections import subcommands

    assert set(subcommands(root)) - shown == set()


def presets() -> list[tuple[str, str]]:
    found = [(page, block.text) for page, text in WRITTEN.items() for block in blocks(text, "toml")]
    return [(page, text) for page, text in found if "[selection]" in text]


def test_there_is_an_example_of_a_preset() -> None:
    assert presets()


@pytest.mark.parametrize(("page", "text"), presets())
def test_a_preset_is_one(page: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    selection = load_preset(tmp_path / "p.toml", KNOWN).selection
    if page == "docs/how-to/set-up-a-switch.md":
        assert selection == Selection("aarch64-linux", "musl", toolchain="zig")


@pytest.mark.parametrize(("page", "text"), [(p, b.text) for p, t in WRITTEN.items() for b in blocks(t, "toml")])
def test_toml_is_toml(page: str, text: str) -> None:
    assert tomllib.loads(text), page


def paths() -> list[tuple[str, str]]:
    named = r"`((?:wizard|tests|presets|screenshots|man|docs)/[\w/.*-]*)`"
    pages = {page: text for page, text in WRITTEN.items() if page != "CHANGELOG.md"}
    return sorted({(page, path) for page, text in pages.items() for path in re.findall(named, text)})


@pytest.mark.parametrize(("page", "path"), paths())
def test_a_path_that_a_page_names_is_there(page: str, path: str) -> None:
    """NAME in it stands for a file to be written, `*` for several."""
    new = [block.title for block in blocks(WRITTEN[page])]
    before, is_new, _after = path.partition("NAME")
    looked_for = before if is_new else path
    assert path in new or any(ROOT.glob(looked_for.rstrip("/")))


def links() -> list[tuple[str, str]]:
    found = []
    for page, text in WRITTEN.items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        targets = re.findall(r"\]\(([^)\s]+)\)", prose)
        found += [(page, target) for target in targets if not target.startswith(("http", "#"))]
    return found


@pytest.mark.parametrize(("page", "target"), sorted(set(links())))
def test_a_link_leads_somewhere(page: str, target: str) -> None:
    """To a file of the tree, to a page that is made from the code, or to a picture that the site has."""
    path, _, anchor = target.partition("#")
    there = (ROOT / page).parent / path
    if not there.exists():
        within = str((there.resolve()).relative_to(DOCS.resolve()))
        assert within in generated() or (ROOT / within).is_file(), target
    elif anchor:
        headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
        assert anchor in slugs


def test_the_figures_of_the_causes_are_those_of_the_code() -> None:
    every = matchers().values()
    provoked = sum(matcher.evidence == "provoked" for matcher in every)
    text = " ".join(WRITTEN["docs/how-to/diagnose.md"].split())
    assert f"knows {len(every)} causes; for {provoked} of them" in text


def test_words_that_were_given_up_do_not_come_back() -> None:
    """The words of the documents are those of the screens: fix, choose, continue, needs."""
    found = []
    for page, text in WRITTEN.items():
        prose = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
        found += [(page, word) for word in re.findall(r"\b(?:mends?|mended|goes on|go on|wants)\b", prose)]
    assert found == []
