"""The choices so far, as one immutable value: going back and forth exchanges values and loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wizard.selection import Preset, Selection

if TYPE_CHECKING:
    from wizard.build.builder import Options
    from wizard.session import Session


class Draft(msgspec.Struct, frozen=True):
    """What the user has chosen until now.

    prefix and sources: as typed, "" for the wizard's own place and for none.
    origin: the preset it started from; its lock holds as long as the selection is the same.
    """

    selection: Selection
    prefix: str = ""
    sources: str = ""
    offline: bool = False
    origin: Preset | None = None

    def choose(self, **changes: object) -> Draft:
        """The draft with some fields of its selection changed."""
        return self.with_selection(msgspec.structs.replace(self.selection, **changes))

    def with_selection(self, selection: Selection) -> Draft:
        """The draft with another selection, as a finding's fix offers it."""
        return msgspec.structs.replace(self, selection=selection)

    def change(self, **changes: object) -> Draft:
        """The draft with prefix, sources or offline changed."""
        return msgspec.structs.replace(self, **changes)

    @property
    def preset(self) -> Preset:
        """The draft as the preset that a check and a plan take."""
        if self.origin is None:
            return Preset(self.selection)
        same = self.selection == self.origin.selection
        return msgspec.structs.replace(
            self.origin,
            selection=self.selection,
            lock=self.origin.lock if same else None,
            title=self.origin.title if same else "",
            about=self.origin.about if same else "",
        )

    @property
    def prefix_path(self) -> Path | None:
        """The prefix as a path, None for the wizard's own folder of switches."""
        return Path(self.prefix) if self.prefix.strip() else None

    def options(self) -> Options:
        """What the builder may use beside the plan."""
        from wizard.build.builder import Options

        sources = str(Path(self.sources).expanduser().absolute()) if self.sources.strip() else ""
        return Options(sources=sources, offline=self.offline)


def from_preset(preset: Preset) -> Draft:
    """The draft that a preset or a lock file starts with."""
    return Draft(preset.selection, origin=preset)


def first_draft(session: Session) -> Draft:
    """The draft of one who starts new: the first target that works and is not this machine, else the first."""
    machines = list(session.catalogue.machines)
    others = [id_ for id_ in machines if id_ != session.surroundings.machine]
    for target in others:
        selection = Selection(target=target)
        if session.check_selection(selection).possible:
            return Draft(selection)
    return Draft(Selection(target=(others or machines)[0]))
