"""The choices of one run: undo, redo, and a draft on the disk after each of them. Knows of no screen."""

from __future__ import annotations

from wizard.session.draft import Draft
from wizard.session.history import History
from wizard.session.saved_drafts import SavedDraft, SavedDrafts, new_id


class Drafting:
    """The present draft, what came before it, and whether it would be lost."""

    def __init__(self, saved: SavedDrafts) -> None:
        self.saved = saved
        self._history: History[Draft] | None = None
        self._safe: Draft | None = None
        self._id = ""

    @property
    def draft(self) -> Draft | None:
        """The present draft; None where nothing was begun."""
        return None if self._history is None else self._history.present

    @property
    def first(self) -> Draft | None:
        """The draft with which these choices began, as far as it is remembered."""
        return None if self._history is None else (*self._history.past, self._history.present)[0]

    @property
    def begun(self) -> bool:
        """True where something was chosen that no build and no preset has."""
        return bool(self._id)

    @property
    def safe(self) -> bool:
        """True where nothing would be lost by leaving."""
        return self._history is None or self._history.present == self._safe

    def drop(self) -> None:
        """Nothing is begun; the draft on the disk stays."""
        self._history, self._safe, self._id = None, None, ""

    def take(self, draft: Draft, id_: str = "") -> None:
        """Begin with a draft that is safe: nothing was chosen yet, or it is kept under `id_`."""
        self._history, self._safe, self._id = History(draft), draft, id_

    def change(self, draft: Draft, kind: str = "") -> None:
        """Make a choice. Those of one `kind` that follow each other, such as typing, are taken back at once."""
        if self._history is None:
            self.take(draft)
        else:
            self._move(self._history.to(draft, kind))

    @property
    def undoable(self) -> Draft | None:
        """The draft that `undo` leads back to; None where there is none."""
        return self._history.past[-1] if self._history is not None and self._history.past else None

    @property
    def redoable(self) -> Draft | None:
        """The draft that `redo` leads to; None where there is none."""
        return self._history.future[0] if self._history is not None and self._history.future else None

    def undo(self) -> tuple[Draft, Draft] | None:
        """Take the last choice back: the draft before that and after it; None where there is none."""
        return self._moved(None if self._history is None else self._history.undone())

    def redo(self) -> tuple[Draft, Draft] | None:
        """Make the choice again that was taken back last; None where there is none."""
        return self._moved(None if self._history is None else self._history.redone())

    def _moved(self, history: History[Draft] | None) -> tuple[Draft, Draft] | None:
        before = self._history
        if history is None or before is None or history is before:
            return None
        self._move(history)
        return before.present, history.present

    def _move(self, history: History[Draft]) -> None:
        changed = self._history is None or history.present != self._history.present
        self._history = history
        if changed:
            self._id = self._id or new_id()
            if self.saved.save(history.present, self._id):
                self._safe = history.present

    def safe_elsewhere(self) -> None:
        """A build or a preset has the choices now: their draft is not offered any more."""
        self._safe = self.draft
        if self._id:
            self.saved.forget(self._id)
            self._id = ""

    def others(self) -> list[SavedDraft]:
        """The drafts of earlier runs and of choices that were left, the newest first."""
        return [draft for draft in self.saved.drafts() if draft.id != self._id]
