"""What the ways to fetch a source share: how they report progress, how long they wait, how they fail."""

from __future__ import annotations

from typing import Protocol

import msgspec


class OnProgress(Protocol):
    """Called with the progress of a fetch, several times a second, also while no data arrives.

    got, total: bytes so far and in all (0: not known). note: what is unusual, in words.
    Whatever it raises ends the fetch at once.
    """

    def __call__(self, file: str, got: int, total: int, note: str = "", /) -> None:
        """Handle one report."""


class Patience(msgspec.Struct, frozen=True):
    """How long a fetch waits, in seconds, and how often it tries.

    stall: for so long no data, or next to none, may arrive. tries: at one address without
    progress between them; unheard: as long as it has not answered at all. first_wait: before
    the second try, doubled each time up to longest_wait. retry_after: a server that asks for
    a longer wait is given up. client: for one call of a package client.
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
    """A try to fetch a source failed; another address or client may have it.

    again: the same try may succeed later. wait: seconds for which the server asked, 0 where it did not.
    """

    def __init__(self, text: str, *, again: bool = False, wait: float = 0.0) -> None:
        super().__init__(text)
        self.again = again
        self.wait = wait
