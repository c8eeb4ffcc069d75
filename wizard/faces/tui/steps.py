"""The steps of the wizard, in their order."""

from __future__ import annotations

from enum import IntEnum


class Step(IntEnum):
    """Where one is. WELCOME comes before the numbered steps."""

    WELCOME = 0
    HOST = 1
    TARGET = 2
    LIBC = 3
    RELEASE = 4
    REVIEW = 5
    BUILD = 6

    @property
    def title(self) -> str:
        """The step's name on the screen."""
        return TITLES[self]


TITLES = {
    Step.WELCOME: "Welcome",
    Step.HOST: "Host",
    Step.TARGET: "Target",
    Step.LIBC: "C library",
    Step.RELEASE: "Release",
    Step.REVIEW: "Review",
    Step.BUILD: "Build",
}
NUMBERED = tuple(step for step in Step if step)
