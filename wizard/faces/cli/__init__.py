"""The command line: `ocaml-cross-wizard`, in short `ocw`."""

from __future__ import annotations

import sys

import click

from wizard import __version__
from wizard.base.errors import WizardError, exit_code_table
from wizard.faces.cli.sections import Commands

_EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in exit_code_table())


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(__version__, prog_name="ocaml-cross-wizard")
@click.option("--theme", metavar="NAME", help="The wizard's colours: dark, light, high-contrast or no-colour.")
@click.option("--ascii/--unicode", "ascii_", default=None, help="Draw with ASCII alone, or with signs and lines.")
@click.option("--reduced-motion/--full-motion", "still", default=None, help="Nothing moves or blinks by itself.")
@click.pass_context
def root(context: click.Context, theme: str | None, ascii_: bool | None, still: bool | None) -> None:
    """From "I want OCaml programs for that machine" to a cross-compiler that is proved to work.

    Without a command the wizard itself starts, in the terminal. Everything it does can
    also be done with the questions of `ask` or with the commands below; each has examples in its
    own --help.

    \b
    Examples:
      ocaml-cross-wizard                            the wizard
      ocaml-cross-wizard ask                        the same as plain questions
      ocaml-cross-wizard matrix                     what works, what cannot, what is untested
      ocaml-cross-wizard check --target aarch64     can it work, and why not?
      ocaml-cross-wizard build aarch64-linux-musl   build, watch, prove
      ocaml-cross-wizard diagnose build.log         why did it fail, and what to do?
    """
    if context.invoked_subcommand is None:
        _run_wizard(theme, ascii_, still)


def _run_wizard(theme: str | None, ascii_: bool | None, still: bool | None) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the wizard needs a terminal; use `ask`, `build` or another command (see --help)")
    from wizard.faces.tui.appearance import AppearanceWish, theme_named
    from wizard.faces.tui.run import run

    sys.exit(
        run(
            flags=AppearanceWish(
                theme=theme_named(theme) if theme else None,
                signs=None if ascii_ is None else "ascii" if ascii_ else "unicode",
                motion=None if still is None else "reduced" if still else "full",
            )
        )
    )


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
    return WizardError("defect", type=type(error).__name__, reason=error, file=name)
