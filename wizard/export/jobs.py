"""What a job of a CI system needs to know of a plan: which switch, which host compiler, which packages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from wizard.base.errors import InputError
from wizard.catalogue.selection import preset_text
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


class Host(msgspec.Struct, frozen=True):
    """A host compiler. key: equal for all plans that share it, another one where anything of it changes."""

    name: str
    key: str
    preset: str


class Job(msgspec.Struct, frozen=True):
    """A switch that one job builds. preset: its TOML text. packages: Debian's, beside those of every job."""

    name: str
    preset: str
    prefix: str
    packages: tuple[str, ...]
    patched: bool
    host: Host | None


def job(plan: Plan, root: Path) -> Job:
    """The job of a plan. root: the top of the repository, in which a preset's patches must lie.

    Raises InputError where one does not, and for a source that lies on this machine only.
    """
    if plan.selection.sources:
        raise InputError(
            "export-own-sources",
            f"a CI job has no {', '.join(plan.selection.sources)}",
            "",
            "leave --source out: the job fetches what is published",
        )
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
        host = Host(name, f"ocaml-host-{name}-{part.digest[:16]}", preset)
    return Job(_name(plan), preset, plan.prefix, tuple(packages), bool(selection.patches), host)


def jobs(plans: Iterable[Plan], root: Path) -> list[Job]:
    """The jobs of several plans, each under a name of its own. Raises InputError where two are the same switch."""
    found = [job(plan, root) for plan in plans]
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError("export-twice", f"{twice} is named twice", "", "name each switch once")
    return found


def hosts(found: Sequence[Job]) -> list[Host]:
    """The host compilers of the jobs, each once, in the order of their first jobs."""
    by_key: dict[str, Host] = {}
    for one in found:
        if one.host:
            by_key.setdefault(one.host.key, one.host)
    return list(by_key.values())


def as_yaml(head: str, data: dict[str, Any]) -> str:
    """`data` as YAML under a comment; texts of several lines as literal blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes every list indented, and what occurs twice as often as it occurs."""

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
        raise InputError(
            "export-patch-outside",
            f"the patch {patch} is not below {root}",
            "a CI job has only what is in the repository",
            "put it into the repository, and run this command at its top",
        ) from None
