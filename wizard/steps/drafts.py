"""Drafts of stages, and the digests that make stages of them: what the result of each depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from wizard.steps import actions as a
from wizard.steps.stage import Stage


class Draft(msgspec.Struct, frozen=True):
    """A stage before its digest is known."""

    id: str
    title: str
    why: str
    actions: tuple[a.AnyAction, ...]
    outputs: tuple[str, ...] = ()
    seconds: float = 1.0
    lines: int = 1
    needs: tuple[str, ...] = ()


def chain(drafts: list[Draft], home: Path, *, shared: bool, before: str = "") -> list[Stage]:
    """Stages with digests that cover their own actions and all that came before them in `home`."""
    stages = []
    for draft in drafts:
        before = sha256([before, *(_digest_form(action) for action in draft.actions)])
        stages.append(
            Stage(
                id=draft.id,
                title=draft.title,
                why=draft.why,
                home=str(home),
                actions=draft.actions,
                outputs=draft.outputs,
                digest=before,
                shared=shared,
                seconds=draft.seconds,
                lines=draft.lines,
                needs=draft.needs,
            )
        )
    return stages


def _digest_form(action: a.AnyAction) -> str:
    """What of an action decides its result, which is not where things come from.

    A toolchain is known by its version, a release by its name: each of its sources holds the
    same files, and one more place to get them from must not make anything build again. The
    reasons of a script's lines change nothing of the script.
    """
    if isinstance(action, a.PlaceToolchain):
        action = msgspec.structs.replace(action, source="")
    elif isinstance(action, a.FetchSource):
        action = msgspec.structs.replace(action, sources=())
    elif isinstance(action, a.WriteFile):
        action = msgspec.structs.replace(action, lines=msgspec.UNSET)
    return msgspec.json.encode(action).decode()


def sha256(parts: Iterable[str]) -> str:
    """One digest over several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
