"""What the commands that remove something share: how they ask, and how they say what went wrong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")


def agreed(question: str) -> bool:
    """Ask where there is somebody to answer; a script has said what it needs by the command itself."""
    return not sys.stdin.isatty() or click.confirm(question, err=True)


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is not 1."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def report_problems(problems: Sequence[Exception]) -> None:
    """Every problem but the last is said here; the last one decides the exit code."""
    from wizard.base.errors import WizardError

    for problem in problems[:-1]:
        click.echo(problem.render() if isinstance(problem, WizardError) else str(problem), err=True)
    if problems:
        raise problems[-1]


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    from wizard.faces.text.plans import as_json

    click.echo(as_json(value))
