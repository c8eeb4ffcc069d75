"""The wizard's command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

BUILD_SECONDS = 1800


@dataclass(frozen=True)
class Wizard:
    """Runs `ocaml-cross-wizard` with all its folders below `home`."""

    home: Path

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment of a run: the user's own, the wizard's folders, the package from this checkout."""
        return {**os.environ, "OCW_HOME": str(self.home), "PYTHONPATH": str(ROOT), **extra}

    def argv(self, *words: str | Path) -> list[str]:
        """The words of a call."""
        return [sys.executable, "-m", "wizard", *map(str, words)]

    def run(self, *words: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.argv(*words), env=self.environment(**extra), capture_output=True, text=True,
            timeout=BUILD_SECONDS, stdin=subprocess.DEVNULL, cwd=self.home.parent, check=False,
        )  # fmt: skip

    def host_of(self, release: str) -> Path:
        """The prefix of the host compiler that was built last for a release."""
        found = self.home.glob(f"data/hosts/{release}-*/prefix")
        return max(found, key=lambda path: path.stat().st_mtime)

    def source_of(self, release: str) -> Path:
        """The archive of a release that a build has used."""
        folders = (Path(os.environ.get("OCW_SOURCES", "/nowhere")), self.home / "cache" / "sources")
        return next(path for folder in folders for path in sorted(folder.glob(f"ocaml*{release}*")))

    def events(self, *words: str | Path, **extra: str) -> list[dict[str, Any]]:
        """Run `build … --json` and return its events; the run must succeed."""
        ended = self.run("build", *words, "--json", **extra)
        assert ended.returncode == 0, f"{ended.stdout[-4000:]}\n{ended.stderr}"
        return [json.loads(line) for line in ended.stdout.splitlines()]


def stages(events: list[dict[str, Any]], kind: str) -> list[str]:
    """The stages that events of a kind name, in order."""
    return [event["stage"] for event in events if event["event"] == kind]
