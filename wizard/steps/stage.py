"""A stage: one resumable step of a plan."""

from __future__ import annotations

import msgspec

from wizard.steps.actions import AnyAction


class Stage(msgspec.Struct, frozen=True):
    """One resumable step. It is done when `home`/done/`id`.json holds its digest and its outputs exist.

    The stages of one home are run in the plan's order. needs: stages of other homes, by id, that
    must be done before this one begins; homes that do not wait for each other are built side by side.
    shared: the stage belongs to the host compiler, which other targets use too.
    seconds: how long it took where it was measured (2 cores), to weigh the progress bar.
    lines: how many lines of output it printed there. name: under which its files are kept, where
    that is not its id.
    """

    id: str
    title: str
    why: str
    home: str
    actions: tuple[AnyAction, ...]
    outputs: tuple[str, ...]
    digest: str
    shared: bool
    seconds: float
    lines: int
    needs: tuple[str, ...] = ()
    name: str = ""

    @property
    def file(self) -> str:
        """The name of its record and of its log, without their endings."""
        return self.name or self.id
