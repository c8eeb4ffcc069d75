"""Plans as a pipeline of GitLab CI: each host compiler once, into the cache, then a job for each switch."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wizard import __version__
from wizard.export.jobs import HOST_PACKAGES, PACK, PRESET_FILE, UNPACK, CiJob, HostCompiler, as_yaml, hosts, jobs
from wizard.export.quoting import here_document
from wizard.plan.model import Plan

_HEAD = f"""\
Cross switches of OCaml, one job each. Written by ocaml-cross-wizard {__version__} (`export gitlab`).

Each host compiler is built once and kept in the cache, under a key that changes with anything that goes
into it; every job that needs it restores it from there. A job builds its switch, proves it, runs the
target's programs under QEMU, and keeps the switch and the report of the proof as artifacts.
{UNPACK}
"""

_HOME = ".ocaml-cross"
_CACHED = [f"{_HOME}/data/hosts/", f"{_HOME}/cache/sources/"]
_SET_UP = [
    "apt-get update -q",
    "apt-get install -y -q --no-install-recommends $PACKAGES",
    'python3 -m pip install --root-user-action=ignore "$WIZARD"',
]


def pipeline(plans: Iterable[Plan], root: Path) -> str:
    """The pipeline, as YAML. root: the top of the repository. Raises InputError as `jobs.jobs`."""
    ci_jobs = jobs(plans, root)
    data: dict[str, Any] = {
        "stages": ["host", "switch"],
        "variables": {"WIZARD": f"ocaml-cross-wizard=={__version__}", "OCW_HOME": f"$CI_PROJECT_DIR/{_HOME}"},
        "default": {"image": "python:3.12-bookworm", "before_script": _SET_UP, "interruptible": True},
    }
    data |= {f"host {host.name}": _host_job(host) for host in hosts(ci_jobs)}
    data |= {job.name: _switch_job(job) for job in ci_jobs}
    return as_yaml(_HEAD, data)


def _host_job(host: HostCompiler) -> dict[str, Any]:
    return {
        "stage": "host",
        "variables": {"PACKAGES": " ".join(HOST_PACKAGES), "GIT_STRATEGY": "none"},
        "cache": {"key": host.key, "paths": _CACHED},
        "script": [_preset(host.preset), f"ocaml-cross-wizard build {PRESET_FILE} --host-only"],
    }


def _switch_job(job: CiJob) -> dict[str, Any]:
    prefix = shlex.quote(job.prefix)
    data: dict[str, Any] = {
        "stage": "switch",
        "variables": {"PACKAGES": " ".join((*HOST_PACKAGES, *job.packages))},
    }
    if not job.patched:
        data["variables"]["GIT_STRATEGY"] = "none"
    if job.host:
        data["needs"] = [f"host {job.host.name}"]
        data["cache"] = {"key": job.host.key, "paths": _CACHED, "policy": "pull"}
    data["script"] = [
        _preset(job.preset),
        f"ocaml-cross-wizard build {PRESET_FILE} --prefix {prefix}",
        f"PREFIX={prefix}\n{PACK}\n",
        f"cp {prefix}/share/ocaml-cross/proof.json {prefix}/ocaml-cross.lock.toml .",
    ]
    data["artifacts"] = {"name": job.name, "paths": ["switch.tar.gz", "proof.json", "ocaml-cross.lock.toml"]}
    return data


def _preset(text: str) -> str:
    return f"cat >{PRESET_FILE} {here_document(text)}\n"
