"""What a job of a CI system needs to know of a plan: which switch, which host compiler, which packages.

The exports for CI systems (github.py, gitlab.py) share it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from wizard.base.errors import InputError
from wizard.catalogue.presets import preset_text
from wizard.catalogue.store import catalogue
from wizard.plan.host_part import host_plan
from wizard.plan.model import Plan
from wizard.prove.runners.registry import serving

PRESET_FILE = "ocaml-cross.toml"
"""The file in which a job puts its preset, at the top of the repository."""

HOST_PACKAGES = ("gcc", "libc6-dev", "make")

PACK = """\
set -- "${PREFIX#/}"
if [ -d "$OCW_HOME/data/toolchains" ]; then set -- "$@" "${OCW_HOME#/}/data/toolchains"; fi
tar -C / -czf switch.tar.gz "$@\""""
"""Packs the switch in PREFIX with the C toolchain that it calls, which it names by its path."""

UNPACK = """\
In switch.tar.gz is the C toolchain, too, which the switch calls by its path: unpack it with `tar -C / -xzf`."""


class HostCompiler(msgspec.Struct, frozen=True):
    """A host compiler. key: equal for all plans that share it, different where anything of it changes."""

    name: str
    key: str
    preset: str


class CiJob(msgspec.Struct, frozen=True):
    """A switch that one job builds. preset: its TOML text. packages: Debian's, beside those of every job."""

    name: str
    preset: str
    prefix: str
    packages: tuple[str, ...]
    patched: bool
    host: HostCompiler | None


def job(plan: Plan, root: Path) -> CiJob:
    """The job of a plan. root: the top of the repository, which must contain a preset's patches.

    Raises InputError where it does not contain a patch, and for a source that is on this machine only.
    """
    if plan.selection.sources:
        raise InputError("export-own-sources", sources=", ".join(plan.selection.sources))
    known = catalogue()
    target, selection = known.machines[plan.target], plan.selection
    toolchain = known.toolchains[selection.toolchain]
    packages = [tool.package for runner in serving(target) for tool in runner.tools(target)]
    packages += toolchain.packages.get(plan.triplet, ())
    preset = preset_text(
        msgspec.structs.replace(
            plan.preset,
            selection=msgspec.structs.replace(
                selection, patches=tuple(_in_repository(Path(patch), root) for patch in selection.patches)
            ),
        )
    )
    part = host_plan(plan)
    host = None
    if part:
        name = f"{plan.release}-{plan.host}"
        host = HostCompiler(name, f"ocaml-host-{name}-{part.digest[:16]}", preset)
    return CiJob(_name(plan), preset, plan.prefix, tuple(packages), bool(selection.patches), host)


def jobs(plans: Iterable[Plan], root: Path) -> list[CiJob]:
    """The jobs of several plans, each under a name of its own. Raises InputError where two are the same switch."""
    all_jobs = [job(plan, root) for plan in plans]
    names = [job.name for job in all_jobs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError("export-twice", name=twice)
    return all_jobs


def hosts(jobs: Sequence[CiJob]) -> list[HostCompiler]:
    """The host compilers of the jobs, each once, in the order of their first jobs."""
    by_key: dict[str, HostCompiler] = {}
    for job in jobs:
        if job.host:
            by_key.setdefault(job.host.key, job.host)
    return list(by_key.values())


def as_yaml(head: str, data: dict[str, Any]) -> str:
    """`data` as YAML under a comment; texts of several lines as literal blocks."""
    import yaml  # lazy: only the exports for CI systems write YAML, and planning needs none

    class Dumper(yaml.SafeDumper):
        """Writes every list indented, and repeated values in full."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, False)

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head.splitlines())
    return comment + yaml.dump(data, Dumper=Dumper, sort_keys=False, width=1000, allow_unicode=True)


def _name(plan: Plan) -> str:
    here = "" if plan.selection.host == "native" else f"-on-{plan.host}"
    return f"{plan.release}-{plan.triplet}{here}"


def _in_repository(patch: Path, root: Path) -> str:
    try:
        return str(patch.relative_to(root))
    except ValueError:
        raise InputError("export-patch-outside", patch=patch, root=root) from None
