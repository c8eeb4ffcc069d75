"""Copies a folder that is the user's own source."""

from __future__ import annotations

import shutil
from pathlib import Path

from wizard.base.digests import tree_of
from wizard.base.errors import FolderError


def copy_tree(source: Path, into: Path) -> None:
    """Copy the folder `source` to `into`, which is replaced; whole or not at all. Time stamps stay.

    Raises FolderError where that cannot be done.
    """
    temporary = into.with_name(f"{into.name}.copying")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for path in tree_of(source):
            target = temporary / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)
        shutil.rmtree(into, ignore_errors=True)
        temporary.rename(into)
    except OSError as error:
        raise FolderError(
            "source-not-copied", "tree", source=source, target=into, reason=error.strerror or error
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
