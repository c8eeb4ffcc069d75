"""The command line: `ocaml-cross-wizard`, in short `ocw`."""

from __future__ import annotations

import sys

import click

from wizard import __version__
from wizard.cli import compare, export, inspect, logs, look, manage, sources, tidy, work
from wizard.errors import WizardError, exit_code_table

_EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in exit_code_table())


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(__version__, prog_name="ocaml-cross-wizard")
@click.pass_context
def root(context: click.Context) -> None:
    """From "I want OCaml programs for that machine" to a cross-compiler that is proved to work.

    Without a command the wizard itself starts, in the terminal. Everything it does can
    also be done with the prompts of `ask` or with the commands below.

    \b
    Examples:
      ocaml-cross-wizard                                  the wizard
      ocaml-cross-wizard ask                              the same as plain questions
      ocaml-cross-wizard matrix                           what works, what cannot, what is untested
      ocaml-cross-wizard check --target aarch64           can it work, and why not?
      ocaml-cross-wizard explain word-size                what a finding means, and what to do
      ocaml-cross-wizard show aarch64-linux-musl          what a build would do
      ocaml-cross-wizard build aarch64-linux-musl         build, watch, prove
      ocaml-cross-wizard resume                           go on with a build that stopped
      ocaml-cross-wizard verify PREFIX                    prove a switch again
      ocaml-cross-wizard inspect libfoo.a --expect arm64  what is it, and what is wrong with it?
      ocaml-cross-wizard export script aarch64-linux-musl the same build as a shell script
    """
    if context.invoked_subcommand is None:
        _run_wizard()


def _run_wizard() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the wizard needs a terminal; use `ask`, `build` or another command (see --help)")
    from wizard.tui.app import run

    sys.exit(run())


for command in (
    look.check, look.explain, look.show, look.presets, look.targets, inspect.inspect, work.build, manage.attach,
    manage.builds, manage.resume, manage.cancel, logs.logs, tidy.clean, tidy.cache, work.verify, work.ask,
    look.matrix, sources.list_sources, sources.fetch, export.export,
    compare.compare,
):  # fmt: skip
    root.add_command(command)


def main() -> None:
    """The entry point of both commands. Every failure becomes a message and an exit code, never a traceback."""
    try:
        status = root.main(standalone_mode=False)
    except WizardError as error:
        click.echo(error.render(), err=True)
        status = error.exit_code
    except click.exceptions.Abort:
        status = 130
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        sys.stderr.close()
        status = 0
    except Exception as error:
        click.echo(_unexpected(error).render(), err=True)
        status = 1
    sys.exit(status if isinstance(status, int) else 0)


def _unexpected(error: Exception) -> WizardError:
    """A defect of this program, its traceback kept in a file for the report."""
    import os
    import tempfile
    import traceback
    from pathlib import Path

    handle, name = tempfile.mkstemp(prefix="ocaml-cross-wizard-", suffix=".txt", text=True)
    os.close(handle)
    Path(name).write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return WizardError(
        "defect",
        f"this is a defect of the wizard: {type(error).__name__}: {error}",
        "",
        f"report it with the file {Path(name)}",
    )
