"""What `--help` says: every command has its place and its examples, and each example is one that it takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support.commands import Ocw
from wizard.faces.cli import commands as commands_
from wizard.faces.cli import root
from wizard.faces.cli.commands.manual import _parts
from wizard.faces.cli.sections import SECTIONS, subcommands

README = Path(__file__).parents[3] / "README.md"
NAME = "ocaml-cross-wizard"


def commands(group: click.Group = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in subcommands(group).items():
        words = (*path, name)
        yield " ".join(words), command
        if isinstance(command, click.Group):
            yield from commands(command, words)


def examples(command: click.Command) -> list[str]:
    return _parts(command.help or "")[1]


def called(line: str) -> list[list[str]]:
    """The words of each call of the program in a line of shell: up to a comment, a pipe or the next command."""
    found = []
    for start in re.finditer(rf"(?<![\w/.-])(?:{NAME}|ocw)(?= |$)", line):
        rest = line[start.end() :]
        quote, end = "", len(rest)
        for place, letter in enumerate(rest):
            if quote:
                quote = "" if letter == quote else quote
            elif letter in "'\"" and not rest[place:].startswith('")'):
                quote = letter
            elif letter in '|;&)#"' or (rest[place : place + 3] == "   ") or rest[place:].startswith(" >"):
                end = place
                break
        found.append(shlex.split(rest[:end]))
    return found


def parsed(words: list[str]) -> click.Context:
    """The context of the command that these words mean, its options parsed; nothing is carried out."""
    context = root.make_context(NAME, list(words))
    while isinstance(context.command, click.Group) and context._protected_args + context.args:
        name, command, rest = context.command.resolve_command(context, context._protected_args + context.args)
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context


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


def readme_lines() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    text = "\n".join(blocks).replace("\\\n", " ")
    return [line for line in text.splitlines() if called(line)]


@pytest.mark.parametrize("line", readme_lines())
def test_every_command_in_the_readme_is_one_that_the_parser_takes(line: str) -> None:
    for words in called(line):
        parsed(words)


def test_the_readme_names_every_command() -> None:
    table = README.read_text(encoding="utf-8")
    missing = [name for name in subcommands(root) if f"`{name}" not in table]
    assert missing == []


def test_help_is_given_for_every_command(ocw: Ocw) -> None:
    for name, _command in commands():
        ended = ocw(*name.split(), "-h")
        assert ended.code == 0
        assert "\b" not in ended.out
        assert "\\b" not in ended.out
        assert max(map(len, ended.out.splitlines())) <= 120
