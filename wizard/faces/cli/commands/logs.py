"""The command `logs`: what a build's commands printed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_names import one_build
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20
LONGEST = 1 << 16
"""Bytes of a line without end that are kept: far more of it is shown nowhere."""
LOOK_SECONDS = 0.3


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False, shell_complete=complete.build)
@click.option(
    "--stage",
    help="The log of this stage. Default: the one that failed or runs, else the last.",
    shell_complete=complete.stage,
)
@click.option("--follow", "-f", is_flag=True, help="Show what is added, stage after stage, until the build ends.")
@click.option("--lines", "-n", type=click.IntRange(min=0), help="Only the last N lines of what is there.")
@click.option("--path", "only_path", is_flag=True, help="Print where the log is, and nothing of it.")
@json_option
def logs(
    build_id: str | None, stage: str | None, follow: bool, lines: int | None, only_path: bool, as_json: bool
) -> None:
    """What a stage's commands printed. Without BUILD: of the build that runs, or was at work last.

    On a terminal nothing in it can move the cursor; into a file or a pipe it goes byte by byte.

    \b
    Examples:
      ocaml-cross-wizard logs
      ocaml-cross-wizard logs --stage configure --lines 20
      ocaml-cross-wizard logs --follow
      less "$(ocaml-cross-wizard logs --path)"
    """
    from wizard.base.folders import Folders

    folders = Folders.default()
    folder = folders.builds / one_build(build_id, folders, prefer=("running",)).id
    shown = _Shown(folder, stage, as_json=as_json)
    if only_path:
        shown.say_path()
        return
    shown.present(lines)
    if follow:
        try:
            shown.follow()
        except KeyboardInterrupt:
            sys.exit(0)
    shown.close()


class _Shown:
    """Writes one log after the other to standard output."""

    def __init__(self, folder: Path, stage: str | None, *, as_json: bool) -> None:
        from wizard.builds.journal import JournalTail

        self._folder, self._wanted, self._json = folder, stage, as_json
        self._plain = as_json or sys.stdout.isatty()
        self._journal = JournalTail(folder)
        self._journal.new()
        self.stage, self.path = self._choose()
        self._place = 0
        self._rest = b""

    def _choose(self) -> tuple[str, Path]:
        from wizard.base.errors import InputError
        from wizard.base.spelling import did_you_mean
        from wizard.builds.stage_logs import latest_stage, stage_logs

        found = stage_logs(self._folder)
        if self._wanted is not None and self._wanted not in found:
            hint = did_you_mean(self._wanted, list(found)) if found else "no stage was begun yet"
            raise InputError("log-unknown", build=self._folder.name, stage=self._wanted, hint=hint)
        stage = self._wanted or latest_stage(self._folder)
        if not stage:
            raise InputError("log-unknown", "none", build=self._folder.name)
        return stage, found[stage]

    def say_path(self) -> None:
        """Only where the log is."""
        from wizard.faces.text.plans import as_json

        if self._json:
            click.echo(as_json({"build": self._folder.name, "stage": self.stage, "path": str(self.path)}))
        else:
            click.echo(self.path)

    def present(self, lines: int | None) -> None:
        """What the log holds now, or its last lines."""
        from wizard.builds.stage_logs import seek_last_lines

        self._head()
        with self.path.open("rb") as file:
            if lines is not None:
                seek_last_lines(file, lines)
            self._place = file.tell()
        self._more()

    def _head(self) -> None:
        """Say on the terminal what is shown; what goes into a file or a pipe is the log alone."""
        if not self._json and sys.stdout.isatty():
            click.echo(f"==> {self.stage}: {self.path} <==", err=True)

    def follow(self) -> None:
        """Show what comes, also of later stages where no stage was named, until the build has ended."""
        from wizard.builds.folder import running
        from wizard.builds.journal import StageStarted

        while True:
            alive = running(self._folder)
            begun = [event for event in self._journal.new() if isinstance(event, StageStarted)]
            self._more()
            for event in begun if self._wanted is None else ():
                self.close()
                self.stage, self.path, self._place = event.stage, Path(event.log), 0
                self._head()
                self._more()
            if not alive:
                return
            time.sleep(LOOK_SECONDS)

    def _more(self) -> None:
        for data in self._new():
            if self._plain:
                *whole, self._rest = (self._rest + data).split(b"\n")
                for line in whole:
                    self._line(line)
                self._rest = self._rest[:LONGEST]
            else:
                sys.stdout.buffer.write(data)
        sys.stdout.flush()

    def _new(self) -> Iterator[bytes]:
        """What was added since the last look; all of a log that was begun again."""
        try:
            with self.path.open("rb") as file:
                if self.path.stat().st_size < self._place:
                    self._place = 0
                file.seek(self._place)
                while data := file.read(CHUNK):
                    self._place += len(data)
                    yield data
        except OSError:
            return

    def _line(self, line: bytes) -> None:
        from wizard.base.lines import plain_line

        words = plain_line(line.decode(errors="replace"))
        if self._json:
            import msgspec

            words = msgspec.json.encode({"stage": self.stage, "line": words}).decode()
        click.echo(words)

    def close(self) -> None:
        """A last line without an end."""
        if self._rest:
            self._line(self._rest)
            self._rest = b""


COMMAND = logs
