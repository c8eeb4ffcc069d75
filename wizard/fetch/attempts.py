"""What the ways to fetch a source share: what they tell, how patient they are, how one of them fails."""

from __future__ import annotations

from typing import Protocol

import msgspec


class OnProgress(Protocol):
    """Told how a fetch goes on, several times a second, also while nothing comes.

    got, total: bytes so far and in all (0: not known). note: what is unusual, in words.
    Whatever it raises ends the fetch at once.
    """

    def __call__(self, file: str, got: int, total: int, note: str = "", /) -> None:
        """Take one report."""


class Patience(msgspec.Struct, frozen=True):
    """How long a fetch waits, in seconds, and how often it tries.

    stall: nothing, or next to nothing, may come for so long. tries: at one address without
    progress between them; unheard: as long as it has not answered at all. first_wait: before
    the second try, doubled each time up to longest_wait. retry_after: a server that asks for
    a longer wait is left. client: for one call of a package client.
    """

    connect: float = 10.0
    stall: float = 30.0
    tries: int = 6
    unheard: int = 2
    first_wait: float = 1.0
    longest_wait: float = 20.0
    retry_after: float = 120.0
    client: float = 300.0


PATIENCE = Patience()


class AttemptError(Exception):
    """One place did not give the source; the next may.

    again: the same place may give it later. wait: seconds for which it asked, 0 where it did not.
    """

    def __init__(self, text: str, *, again: bool = False, wait: float = 0.0) -> None:
        super().__init__(text)
        self.again = again
        self.wait = wait
