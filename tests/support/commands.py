"""How a command ended that a test has run in its own process (see the fixture `ocw`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Ocw = Callable[..., Ended]
