"""The choices so far, as the prompts carry them from question to question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from wizard.builds.folder import Options
from wizard.catalogue.selection import Preset, Selection, follow
from wizard.faces.ask.asker import Asker
from wizard.plan.batch import AnyJob
from wizard.session.changes import Side
from wizard.session.session import Checked, Session

Watch = Callable[[AnyJob, Path, bool], None]
"""Shows a build to its end, and raises its error; with True, Ctrl-C stops the build."""


@dataclass
class State:
    """One run of the prompts.

    prefix: None for the wizard's own place. sources: a folder with archives, "" for none. shown: the plan that
    was looked at or built last, with which another one is compared. saved: the selection that a file has.
    """

    session: Session
    asker: Asker
    watch: Watch
    preset: Preset
    prefix: Path | None = None
    sources: str = ""
    offline: bool = False
    shown: Side | None = None
    saved: Selection | None = None

    @property
    def selection(self) -> Selection:
        """What is chosen now."""
        return self.preset.selection

    def begin(self, preset: Preset) -> None:
        """Begin with a preset or a lock file."""
        self.preset, self.saved, self.shown = preset, preset.selection, None

    def choose(self, **changes: Any) -> None:
        """Change fields of the selection; C library and toolchain follow the target."""
        changed = follow(
            msgspec.structs.replace(self.selection, **changes), self.session.catalogue, frozenset(changes)
        )
        if changed != self.selection:
            self.take(changed)

    def take(self, selection: Selection) -> None:
        """Another selection: it is no preset of the catalogue's any more, and no lock file holds."""
        self.preset = Preset(selection)

    def with_choice(self, **changes: Any) -> Checked:
        """The check of the selection with some fields changed; nothing is kept."""
        changed = follow(
            msgspec.structs.replace(self.selection, **changes), self.session.catalogue, frozenset(changes)
        )
        return self.session.check(Preset(changed), self.prefix)

    def checked(self) -> Checked:
        """The check of what is chosen now."""
        return self.session.check(self.preset, self.prefix)

    def options(self) -> Options:
        """What the builder may use beside the plan."""
        return Options(sources=self.sources, offline=self.offline)
