"""The command that says why something failed: diagnose."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_names import named_build
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wizard.doctor.bundle import Part
    from wizard.logs.diagnosis import Diagnosis
    from wizard.machine.survey import BuildMachine

CHUNK = 1 << 20


@click.command()
@click.argument("what", metavar="[FILE|BUILD|PREFIX|-]", required=False, shell_complete=complete.build_or_path)
@click.option(
    "--stage",
    help="Of a build: look at this stage. Default: the one that failed.",
    shell_complete=complete.stage,
)
@click.option("--bundle", type=click.Path(path_type=Path), help="Write a redacted report to this file (.tar.gz).")
@json_option
def diagnose(what: str | None, stage: str | None, bundle: Path | None, as_json: bool) -> None:
    """Why did it fail? The first real cause in a log, what it means, and what to do.

    FILE is any log of a failed build (make, configure, config.log, a linker, a unikernel); - is
    standard input. BUILD is one of the wizard's builds, PREFIX the folder of its switch. Without
    any of them: what is piped in, else the build that failed last.

    Leaves with 0 where the cause is known or nothing failed, with 6 where something failed and
    the cause is not known, with 3 where the log cannot be read.

    \b
    Examples:
      make world.opt 2>&1 | tee build.log; ocaml-cross-wizard diagnose build.log
      ocaml-cross-wizard diagnose config.log
      ocaml-cross-wizard diagnose                     the wizard's last failed build
      ocaml-cross-wizard diagnose build.log --bundle report.tar.gz
    """
    if what == "-" or (what is None and _piped()):
        _of_stream(bundle, as_json=as_json)
    elif what is not None and _is_log(Path(what)):
        _of_log(Path(what), what, bundle, as_json=as_json)
    elif what is not None and _is_missing_file(what):
        from wizard.logs.diagnosis import unreadable

        raise unreadable(what, "there is no such file")
    else:
        _of_build(what, stage, bundle, as_json=as_json)


def _piped() -> bool:
    """True where something is piped or redirected into the command, as far as that can be seen."""
    import os
    import stat

    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _is_log(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except OSError:
        return False


def _is_missing_file(word: str) -> bool:
    """True where the word has a folder or an ending, as no build has, and there is no such file."""
    return ("/" in word or re.search(r"\.[A-Za-z]\w*$", word) is not None) and not Path(word).exists()


def _of_stream(bundle: Path | None, *, as_json: bool) -> None:
    """What is piped in is kept in a file of its own, so that it can be read twice and is never in memory whole."""
    import shutil
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="ocaml-cross-wizard-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, CHUNK)
        file.flush()
        _of_log(Path(file.name), "standard input", bundle, as_json=as_json)


def _of_log(path: Path, name: str, bundle: Path | None, *, as_json: bool) -> None:
    from wizard.faces.text.diagnosis import diagnosis_text
    from wizard.logs.diagnosis import diagnose as diagnosed
    from wizard.logs.diagnosis import unreadable

    try:
        with path.open("rb") as file:
            diagnosis = diagnosed(file, name, config=_beside(path))
    except OSError as error:
        raise unreadable(name, error.strerror or str(error)) from None
    words = diagnosis_text(diagnosis)
    click.echo(_json(diagnosis) if as_json else words)
    if bundle:
        from wizard.doctor.bundle import parts_of_log

        _write(bundle, lambda machine: parts_of_log(diagnosis, words, path, machine))
    _leave(diagnosis, f"ocaml-cross-wizard diagnose {name} --bundle report.tar.gz", bundle, as_json=as_json)


def _beside(path: Path) -> Path | None:
    """The config.log beside a log, where there is one."""
    found = path.resolve().parent / "config.log"
    return found if found.is_file() else None


def _of_build(what: str | None, stage: str | None, bundle: Path | None, *, as_json: bool) -> None:
    from wizard.base.folders import Folders
    from wizard.doctor.build_diagnosis import diagnose_build
    from wizard.faces.text.diagnosis import build_text

    folders = Folders.default()
    folder = folders.builds / named_build(what, folders, prefer=("failed", "stopped", "cancelled"))
    build_diagnosis = diagnose_build(folder, stage)
    words = build_text(build_diagnosis)
    click.echo(_json(build_diagnosis) if as_json else words)
    if bundle:
        from wizard.doctor.bundle import parts_of_build

        _write(bundle, lambda machine: parts_of_build(build_diagnosis, words, folder, machine))
    if build_diagnosis.state in ("failed", "stopped", "cancelled", "unreadable"):
        how = f"ocaml-cross-wizard diagnose {build_diagnosis.build} --bundle report.tar.gz"
        known = build_diagnosis.told is not None
        _leave(build_diagnosis.diagnosis, how, bundle, as_json=as_json, known=known)


def _json(value: object) -> str:
    from wizard.faces.text.plans import as_json

    return as_json(value)


def _leave(diagnosis: Diagnosis, how: str, bundle: Path | None, *, as_json: bool, known: bool = False) -> None:
    """Where the cause is not known: say how to report it, and leave with 6."""
    from wizard.base.errors import BuildError

    if diagnosis.outcome != "unknown" or known:
        return
    if not as_json and not bundle:
        click.echo(
            f"\nTo report it: {how}\n(names, passwords and tokens are taken out, and what is in it is listed)"
        )
    sys.exit(BuildError.exit_code)


def _write(path: Path, parts: Callable[[BuildMachine], Iterable[Part]]) -> None:
    """Write the report, and list on standard error what is in it."""
    from wizard.catalogue.store import catalogue
    from wizard.doctor.bundle import write_bundle
    from wizard.doctor.redact import Redactor
    from wizard.faces.text.plans import table
    from wizard.machine.survey import survey

    written = write_bundle(parts(survey(catalogue())), path, Redactor())
    rows = [(part.name, f"{len(part.text.encode()) / 1024:.1f} kB", part.what) for part in written]
    click.echo(f"\n{path} holds\n\n{table(('file', 'size', 'what it is'), rows)}\n", err=True)
    click.echo("Look into it before you send it: what is known as a name, a password or a token is taken out.",
               err=True)  # fmt: skip


COMMAND = diagnose
