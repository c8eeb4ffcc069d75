"""The tarfile module with safe extraction filters, from the standard library or its backport."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    import tarfile
else:
    from backports import tarfile

__all__ = ["tarfile"]
