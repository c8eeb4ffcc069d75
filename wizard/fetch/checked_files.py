"""Checks the files of an unpacked archive one by one, before anything of it is used."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from wizard.base.digests import differences
from wizard.base.errors import MissingError


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Compare the files below `folder` with their digests (path in it -> sha256 in hex).

    Raises MissingError, which names the files that are missing, different, or not
    expected; `folder` is removed before.
    """
    differing = differences(folder, files)
    if not differing:
        return
    shutil.rmtree(folder, ignore_errors=True)
    raise MissingError("files-wrong", folder=folder, differences=differing)
