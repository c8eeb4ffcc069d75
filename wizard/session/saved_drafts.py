"""What the wizard keeps from one run to the next: drafts of choices, and that the tour was seen."""

from __future__ import annotations

import contextlib
import time
import uuid
from pathlib import Path

import msgspec

from wizard.base.files import write_whole
from wizard.session.draft import Draft

MOST_DRAFTS = 5
"""How many drafts are kept; the oldest goes first."""


class SavedDraft(msgspec.Struct, frozen=True):
    """A draft with the name of its file and the time (Unix, seconds) at which it was last changed."""

    id: str
    at: float
    draft: Draft


class SavedDrafts:
    """Files below one folder. Nothing here stops the wizard: what cannot be written is told by False, once.

    folder: None keeps nothing beyond this run.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, SavedDraft] = {}
        self._seen = folder is None

    # --- drafts ------------------------------------------------------------------------------------------------

    def drafts(self) -> list[SavedDraft]:
        """The drafts, the newest first. A file that cannot be read is left out."""
        found = dict(self._memory)
        for path in self._files():
            with contextlib.suppress(OSError, msgspec.DecodeError, ValueError):
                found[path.stem] = msgspec.json.decode(path.read_bytes(), type=SavedDraft)
        return sorted(found.values(), key=lambda saved: saved.at, reverse=True)

    def save(self, draft: Draft, id_: str) -> bool:
        """Keep a draft under a name from `new_id`, in place of what was there; True where it outlives this run."""
        written = SavedDraft(id_, time.time(), draft)
        if self._folder is None:
            self._memory[id_] = written
            return False
        path = self._drafts / f"{id_}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, msgspec.json.format(msgspec.json.encode(written)))
        except (OSError, ValueError):
            self._memory[id_] = written
            return False
        self._memory.pop(id_, None)
        for old in self.drafts()[MOST_DRAFTS:]:
            self.forget(old.id)
        return True

    def forget(self, id_: str) -> None:
        """Remove a draft."""
        self._memory.pop(id_, None)
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._drafts / f"{id_}.json").unlink(missing_ok=True)

    @property
    def _drafts(self) -> Path:
        assert self._folder is not None
        return self._folder / "drafts"

    def _files(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            return list(self._drafts.glob("*.json"))
        except OSError:
            return []

    # --- the tour ----------------------------------------------------------------------------------------------

    @property
    def tour_seen(self) -> bool:
        """True once the tour was shown here."""
        return self._seen or (self._folder is not None and (self._folder / "tour-seen").exists())

    def note_tour(self) -> None:
        """Remember that the tour was shown."""
        self._seen = True
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / "tour-seen").touch()


def new_id() -> str:
    """A name for a new draft."""
    return uuid.uuid4().hex[:12]
