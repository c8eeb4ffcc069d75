"""A batch: several plans built as one, with one journal and one view. What they share is done once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import msgspec

from wizard.base.errors import InputError
from wizard.plan.model import Plan
from wizard.steps.drafts import sha256
from wizard.steps.stage import Stage


class Job(Protocol):
    """What a builder runs and a monitor shows: a plan, or a batch of them."""

    @property
    def id(self) -> str:
        """The name of the build."""

    @property
    def digest(self) -> str:
        """What the whole of it depends on."""

    @property
    def build_folder(self) -> str:
        """Where journal and logs are."""

    @property
    def release(self) -> str:
        """The release, or the releases."""

    @property
    def triplet(self) -> str:
        """The target, or the targets."""

    @property
    def prefix(self) -> str:
        """Where the switch goes, or the switches."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All that is run, in an order that could be followed one after the other."""

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of it."""

    @property
    def single(self) -> Plan | None:
        """The plan that it is, None for a batch: only one plan has choices to go back to, and a proof."""

    def stage(self, id_: str) -> Stage:
        """The stage called `id_`. Raises KeyError where there is none."""

    def stages_of(self, plan: Plan) -> tuple[Stage, ...]:
        """The stages of one of its plans, under their names in this job."""


class Batch(msgspec.Struct, frozen=True, dict=True, tag_field="form", tag="batch"):
    """Several plans. Their stages are called by target and stage: `aarch64-linux-musl/configure`."""

    id: str
    build_folder: str
    plans: tuple[Plan, ...]

    @property
    def digest(self) -> str:
        """Over the plans' own."""
        return sha256(plan.digest for plan in self.plans)

    @property
    def release(self) -> str:
        """Each release once."""
        return ", ".join(dict.fromkeys(plan.release for plan in self.plans))

    @property
    def triplet(self) -> str:
        """Every target."""
        return ", ".join(plan.triplet for plan in self.plans)

    @property
    def prefix(self) -> str:
        """Every prefix."""
        return ", ".join(plan.prefix for plan in self.plans)

    @property
    def single(self) -> None:
        """None: it has several plans."""
        return None

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of all plans, those of a host compiler that several share once."""
        every: dict[str, Stage] = {}
        for plan in self.plans:
            for stage in self.stages_of(plan):
                every.setdefault(stage.id, stage)
        return tuple(every.values())

    def stages_of(self, plan: Plan) -> tuple[Stage, ...]:
        """The stages of one plan under their names in the batch."""
        labels = [plan.triplet for plan in self.plans]
        label = plan.triplet if labels.count(plan.triplet) == 1 else plan.id
        names = {
            stage.id: f"{Path(stage.home).name if stage.shared else label}/{stage.id}" for stage in plan.stages
        }
        return tuple(
            msgspec.structs.replace(
                stage,
                id=names[stage.id],
                name=stage.name or stage.id,
                title=stage.title if stage.shared else f"{label}: {stage.title}",
                needs=tuple(names[need] for need in stage.needs),
            )
            for stage in plan.stages
        )

    def stage(self, id_: str) -> Stage:
        """The stage called `id_`. Raises KeyError where there is none."""
        return next((stage for stage in self.stages if stage.id == id_), None) or _no_stage(id_)


AnyJob = Plan | Batch
"""Every kind of job there is, as a file may hold it; everything else takes a Job."""


def _no_stage(id_: str) -> Stage:
    raise KeyError(id_)


def batch_of(plans: tuple[Plan, ...], builds: Path) -> Batch:
    """The batch of several plans, in the folder of builds. Raises InputError where two want one prefix."""
    prefixes = [plan.prefix for plan in plans]
    twice = next((prefix for prefix in prefixes if prefixes.count(prefix) > 1), "")
    if twice:
        raise InputError("prefix-twice", prefix=twice)
    id_ = f"{len(plans)}-switches-{sha256(plan.id for plan in plans)[:8]}"
    return Batch(id_, str(builds / id_), plans)


def to_json(job: Job) -> bytes:
    """The job as JSON, the form in which the builder gets it: without the reasons of scripts' lines."""
    return msgspec.json.encode(_without_reasons(msgspec.to_builtins(job)))


def _without_reasons(value: Any) -> Any:
    """Plain values; an action that writes a file is left without `lines`, which only the review shows."""
    if isinstance(value, dict):
        unread = {"lines"} if value.get("action") == "write" else set[str]()
        return {name: _without_reasons(part) for name, part in value.items() if name not in unread}
    return [_without_reasons(part) for part in value] if isinstance(value, list | tuple) else value


def from_json(data: bytes) -> AnyJob:
    """The job that `to_json` wrote. Raises msgspec.ValidationError on anything else."""
    job: AnyJob = msgspec.json.decode(data, type=AnyJob)
    return job
