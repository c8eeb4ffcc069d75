"""A flag of configure, with its reason."""

from __future__ import annotations

import msgspec


class Flag(msgspec.Struct, frozen=True):
    """One configure flag and the reason it is there."""

    flag: str
    reason: str
