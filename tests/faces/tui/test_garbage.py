"""What Python's garbage collector looks through: what stays is set aside, what is gone is not kept for good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from wizard.faces.tui.garbage import set_aside


class Screen:
    """Something that only the collector can free, as it knows itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def all_collected_again() -> Iterator[None]:
    """The collector of the tests is as it was."""
    yield
    gc.unfreeze()


def test_what_stays_is_not_looked_through_again() -> None:
    kept = Screen()
    set_aside()
    assert gc.get_freeze_count() > 1000
    assert not any(object_ is kept for object_ in gc.get_objects())


def test_a_screen_that_is_gone_is_freed_though_it_was_set_aside() -> None:
    screen = Screen()
    gone = weakref.ref(screen)
    set_aside()
    del screen
    gc.collect()
    assert gone() is not None, "it was not set aside"
    set_aside()
    assert gone() is None
