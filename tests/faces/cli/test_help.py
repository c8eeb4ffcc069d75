"""What `--help` says: every command has its place and its examples, and each example is one that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support.command_lines import NAME, called, parsed
from tests.support.commands import Ocw
from wizard.faces.cli import commands as commands_
from wizard.faces.cli import root
from wizard.faces.cli.commands.manual import _parts
from wizard.faces.cli.sections import SECTIONS, subcommands


def commands(group: click.Group = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in subcommands(group).items():
        words = (*path, name)
        yield " ".join(words), command
        if isinstance(command, click.Group):
            yield from commands(command, words)


def examples(command: click.Command) -> list[str]:
    return _parts(command.help or "")[1]


@pytest.fixture(autouse=True)
def _paths_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Path, "convert", lambda _self, value, _param, _context: Path(value))


def test_every_command_stands_in_one_section() -> None:
    named = [name for section in SECTIONS.values() for name in section]
    assert sorted(named) == sorted(subcommands(root))
    files = {path.stem.replace("_", "-") for path in Path(str(commands_.__file__)).parent.glob("[a-z]*.py")}
    assert files == set(named)
    text = root.get_help(click.Context(root, info_name=NAME))
    for heading in SECTIONS:
        assert f"\n{heading}:\n" in text


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda one: one if isinstance(one, str) else "")
def test_a_command_has_examples_of_itself(name: str, command: click.Command) -> None:
    lines = examples(command)
    assert lines, "end its docstring with Examples:"
    own = [words for line in lines for words in called(line)]
    assert any(words[: len(name.split())] == name.split() for words in own)


@pytest.mark.parametrize(
    "line",
    [*examples(root), *(line for _name, command in commands() for line in examples(command))],
)
def test_an_example_is_one_that_the_parser_takes(line: str) -> None:
    for words in called(line):
        parsed(words)


def test_what_is_no_example_is_found_out() -> None:
    for words in (["check", "--nonsense"], ["build", "--host-compiler", "none"], ["nonsense"], ["cache", "melt"]):
        with pytest.raises(click.UsageError):
            parsed(words)


def test_help_is_given_for_every_command(ocw: Ocw) -> None:
    for name, _command in commands():
        ended = ocw(*name.split(), "-h")
        assert ended.code == 0
        assert "\b" not in ended.out
        assert "\\b" not in ended.out
        assert max(map(len, ended.out.splitlines())) <= 120
