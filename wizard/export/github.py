"""Plans as a workflow of GitHub Actions: each host compiler once, into the cache, then a job for each switch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wizard import __version__
from wizard.export.jobs import HOST_PACKAGES, PACK, PRESET_FILE, UNPACK, CiJob, HostCompiler, as_yaml, hosts, jobs
from wizard.plan.model import Plan

_HEAD = f"""\
Cross switches of OCaml, one job each. Written by ocaml-cross-wizard {__version__} (`export github`).

Each host compiler is built once and kept in the cache, under a key that changes with anything that goes
into it; every job that needs it restores it from there. A job builds its switch, proves it, runs the
target's programs under QEMU, and keeps the switch and the report of the proof as an artifact.
{UNPACK}
"""

_RUNNER = "ubuntu-24.04"
_HOME = "~/ocaml-cross"
_CACHED = f"{_HOME}/data/hosts\n{_HOME}/cache/sources\n"

_SET_UP = """\
sudo apt-get update -q
# shellcheck disable=SC2086
sudo apt-get install -y -q --no-install-recommends $PACKAGES
python3 -m pip install "$WIZARD"
echo "OCW_HOME=$HOME/ocaml-cross" >>"$GITHUB_ENV"
"""

_HOST = f"""\
printf '%s' "$PRESET" >{PRESET_FILE}
ocaml-cross-wizard build {PRESET_FILE} --host-only
"""

_SWITCH = f"""\
printf '%s' "$PRESET" >{PRESET_FILE}
sudo install -d -o "$USER" "$(dirname "$PREFIX")"
ocaml-cross-wizard build {PRESET_FILE} --prefix "$PREFIX"
"""

_PACK = f"""\
{PACK}
cp "$PREFIX/share/ocaml-cross/proof.json" "$PREFIX/ocaml-cross.lock.toml" .
"""


def workflow(plans: Iterable[Plan], root: Path) -> str:
    """The workflow, as YAML. root: the top of the repository. Raises InputError as `jobs.jobs`."""
    ci_jobs = jobs(plans, root)
    host_compilers = hosts(ci_jobs)
    data: dict[str, Any] = {
        "name": "OCaml cross switches",
        "on": {"push": {}, "workflow_dispatch": {}},
        "permissions": {"contents": "read"},
        "env": {"WIZARD": f"ocaml-cross-wizard=={__version__}"},
        "jobs": {},
    }
    if host_compilers:
        data["jobs"]["host"] = _host_job(host_compilers)
    data["jobs"]["switch"] = _switch_job(ci_jobs, after_host=bool(host_compilers))
    return as_yaml(_HEAD, data)


def _host_job(host_compilers: list[HostCompiler]) -> dict[str, Any]:
    rows = [{"host": host.name, "key": host.key, "preset": _literal(host.preset)} for host in host_compilers]
    missed = "steps.kept.outputs.cache-hit != 'true'"
    return {
        "name": "Host compiler ${{ matrix.host }}",
        "runs-on": _RUNNER,
        "timeout-minutes": 60,
        "strategy": {"fail-fast": False, "matrix": {"include": rows}},
        "steps": [
            {
                "name": "Look for it in the cache",
                "id": "kept",
                "uses": "actions/cache@v5",
                "with": {"path": _CACHED, "key": "${{ matrix.key }}"},
            },
            _python() | {"if": missed},
            _set_up(" ".join(HOST_PACKAGES)) | {"if": missed},
            {
                "name": "Build it",
                "if": missed,
                "env": {"PRESET": "${{ matrix.preset }}"},
                "run": _HOST,
            },
        ],
    }


def _switch_job(ci_jobs: list[CiJob], *, after_host: bool) -> dict[str, Any]:
    job: dict[str, Any] = {"name": "${{ matrix.switch }}"}
    if after_host:
        job["needs"] = "host"
    steps: list[dict[str, Any]] = []
    if any(ci_job.patched for ci_job in ci_jobs):
        steps.append(
            {
                "name": "Fetch the patches",
                "uses": "actions/checkout@v6",
                "with": {"persist-credentials": False},
            }
        )
    if after_host:
        steps.append(
            {
                "name": "Restore the host compiler",
                "if": "matrix.key != ''",
                "uses": "actions/cache/restore@v5",
                "with": {"path": _CACHED, "key": "${{ matrix.key }}"},
            }
        )
    steps += [
        _python(),
        _set_up("${{ matrix.packages }}"),
        {
            "name": "Build and prove the switch",
            "env": {"PRESET": "${{ matrix.preset }}", "PREFIX": "${{ matrix.prefix }}"},
            "run": _SWITCH,
        },
        {"name": "Pack it", "env": {"PREFIX": "${{ matrix.prefix }}"}, "run": _PACK},
        {
            "name": "Keep the switch and its proof",
            "uses": "actions/upload-artifact@v6",
            "with": {
                "name": "${{ matrix.switch }}",
                "path": "switch.tar.gz\nproof.json\nocaml-cross.lock.toml\n",
                "if-no-files-found": "error",
            },
        },
    ]
    job |= {
        "runs-on": _RUNNER,
        "timeout-minutes": 90,
        "strategy": {"fail-fast": False, "matrix": {"include": [_row(ci_job) for ci_job in ci_jobs]}},
        "steps": steps,
    }
    return job


def _row(job: CiJob) -> dict[str, str]:
    return {
        "switch": job.name,
        "key": job.host.key if job.host else "",
        "prefix": _literal(job.prefix),
        "packages": " ".join((*HOST_PACKAGES, *job.packages)),
        "preset": _literal(job.preset),
    }


def _python() -> dict[str, Any]:
    return {"name": "Python", "uses": "actions/setup-python@v6", "with": {"python-version": "3.12"}}


def _set_up(packages: str) -> dict[str, Any]:
    return {"name": "Install the wizard and what a build needs", "env": {"PACKAGES": packages}, "run": _SET_UP}


def _literal(text: str) -> str:
    """`text` so that GitHub does not evaluate it: an expression writes the beginning of each expression."""
    return text.replace("${{", "${{ '${{' }}")
