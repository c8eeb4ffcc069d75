"""Commands that write a plan as something else runs it: export script, dockerfile, github, gitlab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import many_selections_options, selection_options

if TYPE_CHECKING:
    from wizard.plan.model import Plan

_output = click.option("-o", "--output", type=click.Path(path_type=Path), help="Write into this file.")


@click.group()
def export() -> None:
    """The same build as a script, an image, or jobs of a CI system.

    What is written comes from the plan that `show` shows and `build` carries out.

    \b
    Examples:
      ocaml-cross-wizard export script aarch64-linux-musl --prefix ~/aarch64 -o switch.sh
      ocaml-cross-wizard export dockerfile aarch64-linux-musl | docker build -t ocaml-aarch64 -
      ocaml-cross-wizard export github aarch64-linux-musl riscv64-linux-musl -o .github/workflows/switches.yml
      ocaml-cross-wizard export gitlab ~/aarch64/ocaml-cross.lock.toml -o .gitlab-ci.yml
    """


@export.command()
@selection_options
@_output
def script(output: Path | None, **choice: Any) -> None:
    """One POSIX shell script that makes the identical switch on a machine like this one, without Python.

    It can be stopped at any time, and continues where it was. `sh SCRIPT --help` says what may be changed.

    \b
    Examples:
      ocaml-cross-wizard export script aarch64-linux-musl --prefix /opt/aarch64 -o switch.sh
    """
    from wizard.export.shell_script import script as script_of

    _write(script_of(_plan(choice, here=True)), output, "the script", executable=True)


@export.command()
@selection_options
@_output
def dockerfile(output: Path | None, **choice: Any) -> None:
    """A Dockerfile: the host compiler, the switch, and a small image with the switch and its C toolchain.

    \b
    Examples:
      ocaml-cross-wizard export dockerfile aarch64-linux-musl -o Dockerfile
      ocaml-cross-wizard export dockerfile riscv64-linux-musl | docker build -t ocaml-riscv64 -
    """
    from wizard.export.dockerfile import dockerfile as dockerfile_of

    _write(dockerfile_of(_plan(choice)), output, "the Dockerfile")


@export.command()
@many_selections_options
@_output
def github(output: Path | None, presets: tuple[str, ...], **choice: Any) -> None:
    """A workflow of GitHub Actions: one job a switch; the host compilers come from the cache.

    \b
    Examples:
      ocaml-cross-wizard export github aarch64-linux-musl riscv64-linux-musl -o .github/workflows/switches.yml
    """
    from wizard.export.github import workflow

    _write(workflow(_plans(presets, choice), Path.cwd()), output, "the workflow")


@export.command()
@many_selections_options
@_output
def gitlab(output: Path | None, presets: tuple[str, ...], **choice: Any) -> None:
    """A pipeline of GitLab CI: one job a switch; the host compilers come from the cache.

    \b
    Examples:
      ocaml-cross-wizard export gitlab aarch64-linux-musl riscv64-linux-musl -o .gitlab-ci.yml
    """
    from wizard.export.gitlab import pipeline

    _write(pipeline(_plans(presets, choice), Path.cwd()), output, "the pipeline")


def _plans(presets: tuple[str, ...], choice: dict[str, Any]) -> list[Plan]:
    """A plan for each preset, or for the options alone."""
    if choice.get("prefix") and len(presets) > 1:
        raise click.UsageError("--prefix is for one switch: without it each has its own")
    return [_plan({**choice, "preset": preset}) for preset in presets or (None,)]


def _plan(choice: dict[str, Any], *, here: bool = False) -> Plan:
    """The plan of a choice, in folders that the script's user chooses; for this machine, or an ordinary Debian."""
    from wizard.base.folders import Folders
    from wizard.catalogue.store import catalogue
    from wizard.export.relocation import FOLDERS, SWITCHES, debian
    from wizard.faces.cli.selections import chosen_preset
    from wizard.session.session import Session

    session = Session(FOLDERS, None if here else debian(catalogue()))
    default = Folders.default().switches if here else SWITCHES
    return session.plan_elsewhere(chosen_preset(session, choice), choice.get("prefix"), default)


def _write(text: str, output: Path | None, subject: str, *, executable: bool = False) -> None:
    """Print what was made, or write it to a file. subject: what it is. Raises FolderError."""
    if output is None:
        click.echo(text, nl=False)
        return
    from wizard.base.files import save_text

    save_text(text, output, subject=subject, mode=0o755 if executable else 0o644)


COMMAND = export
