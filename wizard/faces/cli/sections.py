"""The commands of `--help` under headings, in the order in which one needs them, each in a few words."""

from __future__ import annotations

import importlib

import click

SECTIONS: dict[str, dict[str, str]] = {
    "Find out": {
        "check": "can it work, and if not, why and what to change?",
        "doctor": "check this machine for problems",
        "matrix": "what works, what cannot, what is untested",
        "targets": "every target the catalogue has",
        "presets": "the presets that come with the wizard",
        "show": "everything a build would do",
        "diff": "what changes from one selection to another",
        "sources": "what a build needs, and who has it",
        "patches": "what is changed in OCaml's source, and whether it fits",
        "explain": "what a code means, and what to do",
    },
    "Build": {
        "ask": "the wizard as plain questions",
        "build": "build, watch, prove",
        "fetch": "download what a build needs, and build nothing",
        "attach": "show a build again",
        "builds": "every build, and how far it got",
        "resume": "continue with a build that stopped or failed",
        "cancel": "stop a build",
        "logs": "what a stage's commands printed",
    },
    "When it fails": {
        "diagnose": "the first real cause in any log, and what to do",
        "shell": "a shell where a stage failed, in its environment",
        "inspect": "what a program, a library or a switch is",
        "coverage": "will this C code link with that C library?",
    },
    "Afterwards": {
        "verify": "prove a switch again",
        "new-unikernel": "a small complete unikernel, built and run",
        "export": "the same build as a script, an image, or CI jobs",
        "compare": "are two switches the same?",
        "clean": "remove builds that do not run",
        "cache": "what is kept for the next build, and how much",
    },
    "This program": {
        "completion": "let bash, zsh or fish complete commands and names",
        "manual": "the man page",
    },
}


class Commands(click.Group):
    """The commands of SECTIONS, each loaded from its own file when it is asked for.

    The command `new-unikernel` is COMMAND in commands/new_unikernel.py, so that `--help` and a command
    that only looks read nothing of the others.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names in the order of SECTIONS."""
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"wizard.faces.cli.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.COMMAND
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write each section with its commands."""
        longest = max(len(name) for commands in SECTIONS.values() for name in commands)
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:<{longest}}", words) for name, words in commands.items()])


def subcommands(group: click.Group) -> dict[str, click.Command]:
    """Every command of a group by name, all of them loaded: for the man page, completion scripts and tests."""
    context = click.Context(group)
    found = ((name, group.get_command(context, name)) for name in group.list_commands(context))
    return {name: command for name, command in found if command is not None}
