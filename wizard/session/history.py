"""Undo and redo of choices: values before and after the present one."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

MOST = 200
"""How many choices can be taken back; the oldest is forgotten first."""


class History(msgspec.Struct, Generic[T], frozen=True):
    """Immutable: each method gives another history. kind: what the last change was about, "" for none."""

    present: T
    past: tuple[T, ...] = ()
    future: tuple[T, ...] = ()
    kind: str = ""

    def to(self, value: T, kind: str = "") -> History[T]:
        """After a change to `value`. Changes of one `kind` that follow each other, such as typing, are one."""
        if value == self.present:
            return self
        together = bool(kind) and kind == self.kind and bool(self.past)
        past = self.past if together else (*self.past, self.present)[-MOST:]
        return History(value, past, (), kind)

    def undone(self) -> History[T]:
        """One change back; the same where there is none."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.present, *self.future))

    def redone(self) -> History[T]:
        """One change forward again; the same where there is none."""
        if not self.future:
            return self
        return History(self.future[0], (*self.past, self.present), self.future[1:])
