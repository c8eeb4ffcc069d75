"""Scripts that a plan runs: each is a file first, so that the preview shows it and anybody can read it later."""

from __future__ import annotations

from wizard.steps.actions import Run, WriteFile


def run_script(
    folder: str, name: str, text: str, arguments: tuple[str, ...], *, cwd: str, why: str
) -> tuple[WriteFile, Run]:
    """The actions that write the POSIX sh script `text` into `folder`, and run it in `cwd`."""
    path = f"{folder}/{name}"
    return (
        WriteFile(path, f"#!/bin/sh\n# {name}: {why}.\n{text}", why, 0o755),
        Run(("sh", path, *arguments), cwd, why),
    )
