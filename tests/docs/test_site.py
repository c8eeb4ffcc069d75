"""The site: it builds with every warning an error, and the pages of the reference say what the code says."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from tests.support.commands import Ocw
from tests.support.pages import DOCS, WRITTEN, generated, generator
from tests.support.paths import ROOT
from wizard.base.errors import exit_code_table
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.faces.cli import root
from wizard.faces.cli.sections import subcommands


def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    codes = (tmp_path / "site" / "reference" / "codes" / "findings" / "index.html").read_text(encoding="utf-8")
    assert 'id="word-size"' in codes
    commands = (tmp_path / "site" / "reference" / "commands" / "index.html").read_text(encoding="utf-8")
    assert "--host-compiler [auto|path|build]" in html.unescape(commands)
    assert (tmp_path / "site" / "screenshots" / "06-review.svg").is_file()


def in_navigation() -> set[str]:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return set(re.findall(r"^ +- ([\w/-]+\.md)$", text.partition("\nnav:\n")[2], re.MULTILINE))


def test_every_page_is_in_the_navigation_and_on_the_list_of_its_kind() -> None:
    made = {path for path in generated() if path.endswith(".md")}
    written = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert in_navigation() == made | written
    for kind in ("how-to", "explanation", "tutorial"):
        index = WRITTEN[f"docs/{kind}/index.md"]
        for page in written:
            if page.startswith(f"{kind}/") and not page.endswith("index.md"):
                assert f"]({page.removeprefix(f'{kind}/')})" in index, page


def test_no_generated_page_is_in_the_tree() -> None:
    assert [path for path in generated() if (DOCS / path).exists()] == []


def test_the_site_asks_no_third_party() -> None:
    """No font and no script of another host: a reader tells nobody what he reads."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    assert loaded["theme"]["font"] is False
    assert "extra_javascript" not in loaded


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in subcommands(group).items():
        found.append((" ".join((*path, name)), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize(("name", "command"), commands(root))
def test_a_command_is_there_with_all_its_options(name: str, command: click.Command) -> None:
    page = generated()["reference/commands.md"]
    section = re.split(r"^##+ ", page.partition(f"# {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    assert section
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.opts[0] in section, option.name


def test_every_code_has_a_section_with_its_text(ocw: Ocw) -> None:
    every = json.loads(ocw("explain", "--json").out)
    pages = "\n".join(text for path, text in generated().items() if path.startswith("reference/codes/"))
    for entry in every:
        assert f"## {entry['code']} {{ #{entry['code']} }}" in pages
        assert f"[`{entry['code']}`]" in generated()["reference/codes/index.md"]
    assert len(every) > 300


def test_the_exit_codes_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", generated()["reference/exit-codes.md"], re.MULTILINE)
    assert [(int(code), meaning) for code, meaning in rows] == list(exit_code_table())


def test_every_field_of_a_selection_and_every_target_is_there() -> None:
    presets, targets = generated()["reference/presets.md"], generated()["reference/targets.md"]
    for field in Selection.__struct_fields__:
        assert re.search(rf"^\| `{field}` \| \S.*\| \S.*\| \S.* \|$", presets, re.MULTILINE), field
    known = catalogue()
    for name in (*known.machines, *known.libcs, *known.releases, *known.toolchains):
        assert name in targets
    schema = json.loads(generated()["reference/preset.schema.json"])
    assert set(schema["$defs"]["Selection"]["properties"]) == set(Selection.__struct_fields__)


def test_every_variable_that_the_code_reads_is_described() -> None:
    internal = {"OCW_BUILD"}  # marks the processes of a build; no user sets it
    texts = (
        path.read_text(encoding="utf-8") for path in (ROOT / "wizard").rglob("*") if path.suffix in (".py", ".sh")
    )
    read = {name for text in texts for name in re.findall(r"\bOCW_[A-Z_]+\b", text)} - internal
    described = generated()["reference/environment.md"] + WRITTEN["docs/how-to/export.md"]
    assert read
    assert {name for name in read if name not in described} == set()


def test_keys_of_every_kind_of_screen_are_there() -> None:
    page = generated()["reference/keys.md"]
    for heading in ("## Everywhere", "## Screens", "## Parts of screens"):
        assert heading in page
    assert "| `ctrl+z` |" in page
    assert "| `w` | What if |" in page


def test_texts_of_the_program_mean_themselves_in_markdown() -> None:
    prose = generator().prose
    assert prose("a <name> with * and `_x_ <y>`") == "a &lt;name&gt; with \\* and `_x_ <y>`"
    assert generator().table(("a",), [("x\ny",)]) == "| a |\n| --- |\n| x y |"
    assert generator().code("a|b") == "<code>a&#124;b</code>"
    assert generator().code("a-b") == "`a-b`"


def test_it_writes_the_same_pages_into_a_folder(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DOCS / "generate.py", tmp_path], cwd=ROOT, check=True)
    for path, text in generated().items():
        assert (tmp_path / path).read_text(encoding="utf-8") == text
