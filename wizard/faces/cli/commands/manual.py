"""The man page, made from the commands' own help: `manual`, and man/ocaml-cross-wizard.1 for wheels."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

import click

from wizard import __version__
from wizard.base.errors import exit_code_table
from wizard.faces.cli.options import shared_options
from wizard.faces.cli.sections import SECTIONS, subcommands

NAME = "ocaml-cross-wizard"
SHORT = "make an OCaml cross-compiler from source, and prove that it works"

VARIABLES = (
    ("OCW_HOME", "One folder for everything that the wizard keeps, in place of the three under FILES."),
    ("OCW_SOURCES", "A folder with source archives, looked at first, as --sources."),
    ("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "How downloads reach the network; socks5:// as well."),
    ("SSL_CERT_FILE", "The certificates of a network that has its own."),
    ("NO_COLOR", "Set to anything: no colours."),
    ("OCW_THEME", "The wizard's colours, as --theme: dark, light, high-contrast or no-colour."),
    (
        "OCW_ASCII",
        "1: draw with ASCII alone, as --ascii. 0: with signs and lines, whatever TERM and the locale say.",
    ),
    ("OCW_REDUCED_MOTION", "1: nothing moves or blinks by itself, as --reduced-motion."),
    ("OCW_NOTICE", "What tells of a build's end: bell,title (as without it), one of them, or none."),
)
FILES = (
    ("~/.cache/ocaml-cross-wizard", "Source archives, and the C libraries that zig has compiled."),
    ("~/.local/share/ocaml-cross-wizard", "Host compilers, C toolchains, and switches without a --prefix."),
    ("~/.local/state/ocaml-cross-wizard", "Builds: plans, journals, logs, work trees."),
    ("PREFIX/ocaml-cross.lock.toml", "Reproduces a switch: the selection, and the digest of every input."),
)
SEE = ("ocamlopt", "qemu-aarch64", "wine")


@click.command()
@click.pass_context
def manual(context: click.Context) -> None:
    """The man page of all commands, as `man` reads it.

    \b
    Examples:
      ocaml-cross-wizard manual | man -l -
    """
    click.echo(man_page(context.find_root().command), nl=False)


def man_page(root: click.Command) -> str:
    """The whole page, in the man macros of roff. The same commands give the same text."""
    assert isinstance(root, click.Group)
    return "\n".join(_lines(root)) + "\n"


def _lines(root: click.Group) -> Iterator[str]:
    yield f'.TH {NAME.upper()} 1 "" "{NAME} {__version__}" "User Commands"'
    yield from (".SH NAME", f"{NAME}, ocw \\- {SHORT}")
    yield from (
        ".SH SYNOPSIS",
        f".B {_code(NAME)}",
        ".br",
        f".B {_code(NAME)}",
        r"\fICOMMAND\fR [\fIARGUMENT\fR]...",
    )
    text, examples = _parts(root.help or "")
    yield from (".SH DESCRIPTION", *list(_prose(text))[1:])
    shared: dict[str | None, click.Option] = {option.name: option for option in shared_options()}
    context = click.Context(root, info_name=NAME, **root.context_settings)
    every = subcommands(root)
    yield ".SH COMMANDS"
    for heading, commands in SECTIONS.items():
        yield from (*([".PP"] if heading != next(iter(SECTIONS)) else []), _words(f"{heading}:"))
        for name in commands:
            yield from _command(every[name], context, name, shared)
    yield from (".SH OPTIONS OF A SELECTION", "Commands that say so take these; they win over a preset.")
    for option in shared.values():
        yield from _option(option, context)
    yield from (".SH EXIT STATUS", *_table((str(code), meaning) for code, meaning in exit_code_table()))
    yield from (".SH ENVIRONMENT", *_table(VARIABLES))
    yield from (".SH FILES", *_table(FILES))
    yield from (".SH EXAMPLES", *list(_verbatim(examples))[1:])
    yield from (".SH SEE ALSO", ",\n".join(f".BR {_code(name)} (1)" for name in SEE))


def _command(
    command: click.Command, parent: click.Context, path: str, shared: dict[str | None, click.Option]
) -> Iterator[str]:
    """A command with its usage, text, options and examples; then the commands below it."""
    context = click.Context(command, parent, info_name=path.rsplit(" ", 1)[-1])
    pieces = " ".join(piece for piece in command.collect_usage_pieces(context) if piece)
    yield from (f'.SS "{_code(path)}"', rf"\fB{_code(f'{NAME} {path}')}\fR {_code(pieces)}")
    text, examples = _parts(command.help or "")
    yield from _prose(text)
    options = [param for param in command.params if isinstance(param, click.Option)]
    own = [option for option in options if not _same(option, shared.get(option.name))]
    if len(own) < len(options):
        names = [option.opts[0] for option in options if option not in own]
        every = len(names) == len(shared)
        which = "the options of a selection" if len(names) > 2 else " and ".join(map(_bold, names))
        more = "" if every or len(names) <= 2 else ", but for \\fB\\-\\-sources\\fR and \\fB\\-\\-offline\\fR"
        yield from (".PP", f"Takes {which}{more}; see below.")
    for option in own:
        yield from _option(option, context)
    if examples:
        yield from _verbatim(examples)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _command(below, context, f"{path} {name}", shared)


def _same(option: click.Option, other: click.Option | None) -> bool:
    return other is not None and (option.opts, option.help) == (other.opts, other.help)


def _option(option: click.Option, context: click.Context) -> Iterator[str]:
    record = option.get_help_record(context)
    if record is not None:
        yield from _table([record])


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for left, right in rows:
        yield from (".TP", _bold(left), _words(right))


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The paragraphs of a help text, and the lines under its `Examples:`."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    examples = [part for part in paragraphs if part.startswith("\b\nExamples:")]
    lines = [line[2:] for part in examples for line in part.splitlines()[2:]]
    return [part for part in paragraphs if part not in examples], lines


def _prose(paragraphs: Iterable[str]) -> Iterator[str]:
    """Paragraphs with a break before each; those that click leaves alone are left alone here."""
    for part in paragraphs:
        if part.startswith("\b"):
            yield from _verbatim(line.removeprefix("  ") for line in part.splitlines()[1:])
        else:
            yield from (".PP", _words(" ".join(part.split())))


def _verbatim(lines: Iterable[str]) -> Iterator[str]:
    yield from (".PP", ".RS 2", ".EX", *map(_code, lines), ".EE", ".RE")


def _bold(text: str) -> str:
    return rf"\fB{_code(text)}\fR"


def _words(text: str) -> str:
    """Prose: what stands in `…` is a thing to type, and so is every option."""
    parts = re.split(r"`([^`]+)`|((?<![\w-])--?[a-z][\w-]*)", text)
    done = []
    for number, part in enumerate(parts):
        if part:
            done.append(_escaped(part) if number % 3 == 0 else _bold(part))
    return _safe("".join(done))


def _code(text: str) -> str:
    """What is typed: its hyphens are to be copied as they are."""
    return _safe(_escaped(text).replace("-", r"\-"))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e")


def _safe(line: str) -> str:
    """A line that roff does not take for a request."""
    return rf"\&{line}" if line[:1] in (".", "'") else line


COMMAND = manual
