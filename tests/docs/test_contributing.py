"""CONTRIBUTING: each worked example is followed in a copy of the tree, and takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from tests.support.pages import WRITTEN, blocks
from tests.support.walkthrough import Shell, changed, copy_of_the_tree, follow, section
from wizard.catalogue.model import Patch
from wizard.catalogue.store import catalogue

TEXT = WRITTEN["CONTRIBUTING.md"]
EXAMPLES = re.findall(r"^### (Add .*)$", TEXT, re.MULTILINE)


def test_there_is_an_example_of_each_thing_that_is_added_often() -> None:
    for thing in ("a target", "a C toolchain", "a runner", "a rule", "a cause"):
        assert f"Add {thing}" in EXAMPLES


@pytest.mark.parametrize("example", [example for example in EXAMPLES if "patch" not in example])
def test_an_example_can_be_followed(example: str, tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path / "tree")
    shell = Shell(tree, tree)
    assert follow(blocks(section(TEXT, f"### {example}")), shell, tree) >= 1


def test_the_example_of_a_patch_has_the_form_of_the_catalogue() -> None:
    (block,) = blocks(section(TEXT, "### Add a patch to OCaml's source"), "toml")
    ((_id, table),) = tomllib.loads(block.text)["patch"].items()
    patch, known = msgspec.convert(table, Patch), catalogue()
    assert set(patch.releases) <= set(known.releases)
    assert set(patch.targets) <= set(known.machines)
    assert set(patch.toolchains) <= set(known.toolchains)


def test_a_change_must_fit_and_fit_once() -> None:
    assert changed("a\nb\n", " a\n+x\n-b\n", "f") == "a\nx\n"
    for text in ("b\n", "a\na\n"):
        with pytest.raises(AssertionError):
            changed(text, " a\n+x\n", "f")


def test_the_set_up_is_three_lines() -> None:
    (block,) = blocks(section(TEXT, "## Set-up"), "sh")
    assert len(block.text.splitlines()) == 3
    assert "pip install -e '.[test]'" in block.text
