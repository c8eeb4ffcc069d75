"""The choices so far, as one immutable value: going back and forth exchanges values and loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from wizard.catalogue.command import command_line
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, follow
from wizard.session.questions import QUESTIONS, SETTINGS

if TYPE_CHECKING:
    from wizard.builds.folder import Options
    from wizard.session.session import Session


class Draft(msgspec.Struct, frozen=True):
    """What the user has chosen until now.

    prefix and sources: as typed, "" for the wizard's own folder and for none.
    origin: the preset it started from; its lock holds as long as the selection is the same.
    """

    selection: Selection
    prefix: str = ""
    sources: str = ""
    offline: bool = False
    origin: Preset | None = None

    def choose(self, catalogue: Catalogue, **changes: Any) -> Draft:
        """The draft with some fields of its selection changed; C library and toolchain follow the target."""
        changed = msgspec.structs.replace(self.selection, **changes)
        return self.with_selection(follow(changed, catalogue, frozenset(changes)))

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
        from wizard.builds.folder import Options

        sources = str(Path(self.sources).expanduser().absolute()) if self.sources.strip() else ""
        return Options(sources=sources, offline=self.offline)


def difference(before: Draft, after: Draft) -> str:
    """What is not the same in two drafts, in a few words."""
    old, new = msgspec.structs.asdict(before.selection), msgspec.structs.asdict(after.selection)
    said = [
        f"{question.short} {_value(old[field])} → {_value(new[field])}"
        for field, question in QUESTIONS.items()
        if old[field] != new[field]
    ]
    for field, setting in SETTINGS.items():
        left, right = getattr(before, field), getattr(after, field)
        said += [f"{setting.label.lower()} {_value(left)} → {_value(right)}"] if left != right else []
    return ", ".join(said) or "nothing"


def _value(value: str | bool | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(path.rsplit("/", 1)[-1] for path in value) or "none"
    return value or "none"


def build_words(draft: Draft) -> str:
    """The command that builds a draft without the wizard, to be typed in a shell."""
    more: list[str] = []
    for option, value in (("--prefix", draft.prefix.strip()), ("--sources", draft.sources.strip())):
        more += [option, value] if value else []
    return command_line(draft.selection, more=[*more, *(["--offline"] if draft.offline else [])])


def from_preset(preset: Preset) -> Draft:
    """The draft that a preset or a lock file starts with."""
    return Draft(preset.selection, origin=preset)


def first_draft(session: Session) -> Draft:
    """The draft of one who starts new: the first target that works and is not this machine, else the first."""
    machines = list(session.catalogue.machines)
    others = [id_ for id_ in machines if id_ != session.build_machine.machine] or machines
    checked = (session.check_selection(Selection(target=target)) for target in others)
    possible = next((found for found in checked if found.possible), None)
    return Draft((possible or session.check_selection(Selection(others[0]))).preset.selection)
