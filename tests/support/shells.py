"""The shells that run what was exported."""

from __future__ import annotations

import shutil

SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]
