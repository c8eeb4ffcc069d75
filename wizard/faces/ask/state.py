"""The choices so far, as the prompts carry them from question to question: the same draft as the screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from wizard.builds.folder import Options
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, follow
from wizard.faces.ask.asker import Asker
from wizard.plan.batch import Job
from wizard.session.changes import Side
from wizard.session.draft import Draft, from_preset
from wizard.session.drafting import Drafting
from wizard.session.session import Checked, Session

Watch = Callable[[Job, Path, bool], None]
"""Shows a build to its end, and raises its error; with True, Ctrl-C stops the build."""


@dataclass
class State:
    """One run of the prompts.

    drafting: the choices, what came before them, and where they are kept. shown: the plan that was looked
    at or built last, with which another one is compared.
    """

    session: Session
    asker: Asker
    watch: Watch
    drafting: Drafting
    shown: Side | None = None

    @property
    def draft(self) -> Draft:
        """What is chosen now. There is a draft from the beginning."""
        draft = self.drafting.draft
        assert draft is not None
        return draft

    @property
    def preset(self) -> Preset:
        """What is chosen now as a check and a plan take it."""
        return self.draft.preset

    @property
    def selection(self) -> Selection:
        """The selection that is chosen now."""
        return self.draft.selection

    def begin(self, preset: Preset) -> None:
        """Begin with a preset or a lock file; prefix and sources stay as they are."""
        before, after = self.draft, from_preset(preset)
        self.drafting.take(after.change(prefix=before.prefix, sources=before.sources, offline=before.offline))
        self.shown = None

    def choose(self, **changes: Any) -> None:
        """Change fields of the selection; C library and toolchain follow the target."""
        self.drafting.change(self.draft.choose(self.session.catalogue, **changes))

    def take(self, selection: Selection) -> None:
        """Another selection: a preset's title and a lock file hold for their own only."""
        self.drafting.change(self.draft.with_selection(selection))

    def set(self, **changes: object) -> None:
        """Change prefix, sources or offline."""
        self.drafting.change(self.draft.change(**changes))

    def with_choice(self, **changes: Any) -> Checked:
        """The check of the selection with some fields changed; nothing is kept."""
        changed = follow(
            msgspec.structs.replace(self.selection, **changes), self.session.catalogue, frozenset(changes)
        )
        return self.session.check(Preset(changed), self.draft.prefix_path)

    def checked(self) -> Checked:
        """The check of what is chosen now."""
        return self.session.check(self.preset, self.draft.prefix_path)

    def options(self) -> Options:
        """What the builder may use beside the plan."""
        return self.draft.options()
