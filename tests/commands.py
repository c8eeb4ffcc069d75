"""Commands run in the test's own process, as their entry point does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from wizard import cli


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Ocw = Callable[..., Ended]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, reports: Path) -> Ocw:
    """Runs a command by its words. No defect may be reported."""
    reports.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(reports))

    def run(*words: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["ocaml-cross-wizard", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        for report in reports.iterdir():
            pytest.fail(f"{words} met a defect:\n{report.read_text(encoding='utf-8')}")
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return run
