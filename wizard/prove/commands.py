"""Runs the commands of a proof, each with its words and its output in the log."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import IO

import msgspec

COMPILE_SECONDS = 300


class Commands(msgspec.Struct, frozen=True):
    """What every command of a proof has in common: its variables, and the log, where there is one."""

    environment: Mapping[str, str]
    log: Path | None = None

    def run(
        self,
        argv: tuple[str, ...],
        folder: Path,
        seconds: float = COMPILE_SECONDS,
        changes: Mapping[str, str] = {},
    ) -> CompletedProcess[str]:
        """Run one command in a folder; a time-out (124) or a missing program (127) is an exit status like another.

        changes: variables beside those of all commands, "" for those to be removed. The output goes through
        files: a pipe would stay open as long as a server that the command leaves behind, as wine's.
        """
        changed = {**self.environment, **changes}
        env = {name: value for name, value in changed.items() if value or name not in changes}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
            try:
                status = subprocess.run(
                    argv, cwd=folder, env=env, stdout=output, stderr=complaint,
                    stdin=subprocess.DEVNULL, timeout=seconds, check=False,
                ).returncode  # fmt: skip
                why = ""
            except subprocess.TimeoutExpired:
                status, why = 124, f"no end after {seconds} s"
            except OSError as error:
                status, why = 127, str(error)
            ended = CompletedProcess(argv, status, _read(output), _read(complaint) + why)
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"+ {shlex.join(argv)}\n{ended.stdout}{ended.stderr}")
        return ended


def said(ended: CompletedProcess[str]) -> str:
    """How a failed command ended and the end of what it said, on one line."""
    lines = (ended.stderr + ended.stdout).strip().splitlines()
    return f"exit status {ended.returncode}: {' / '.join(lines[-3:])[-300:]}"


def _read(file: IO[bytes]) -> str:
    """All that was written to a file, with line ends of one kind."""
    file.seek(0)
    return file.read().decode(errors="replace").replace("\r\n", "\n")
