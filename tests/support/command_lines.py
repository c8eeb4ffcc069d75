"""Lines of shell that call the wizard: which words each call has, and whether its parser accepts them."""

from __future__ import annotations

import re
import shlex

import click

from wizard.faces.cli import root

NAME = "ocaml-cross-wizard"


def called(line: str) -> list[list[str]]:
    """The words of each call of the program in a line of shell: up to a comment, a pipe or the next command."""
    found = []
    for start in re.finditer(rf"(?<![\w/.-])(?:{NAME}|ocw)(?= |$)", line):
        rest = line[start.end() :]
        quote, end = "", len(rest)
        for index, letter in enumerate(rest):
            if quote:
                quote = "" if letter == quote else quote
            elif letter in "'\"" and not rest[index:].startswith('")'):
                quote = letter
            elif letter in '|;&)#"' or (rest[index : index + 3] == "   ") or rest[index:].startswith(" >"):
                end = index
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
