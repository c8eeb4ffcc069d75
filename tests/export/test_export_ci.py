"""Workflows for GitHub Actions and GitLab: right by their linters, one job a switch, the host from the cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from tests.support.exported import portable_plan
from tests.support.own_tools import own_tool
from tests.support.shells import SHELLS
from wizard.base.errors import InputError
from wizard.catalogue.presets import Lock, Preset, load_preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.export.github import workflow
from wizard.export.gitlab import pipeline
from wizard.export.jobs import PRESET_FILE, job
from wizard.export.relocation import FOLDERS, SWITCHES, debian
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps.recipes import recipes

TARGETS = ("x86_64-linux", "aarch64-linux", "riscv64-linux")


def several() -> list[Plan]:
    """Three targets of one release, one that another host serves, one by gcc, and one for Windows."""
    return [
        *(portable_plan(target=target) for target in TARGETS),
        portable_plan(target="armv7-linux", release="4.14.1", host="i686-linux"),
        portable_plan(target="aarch64-linux", libc="glibc", toolchain="auto"),
        portable_plan(target="x86_64-windows", release="5.4.1", libc="auto", toolchain="auto"),
    ]


def linted(program: str, *words: str | Path, cwd: Path) -> None:
    ended = subprocess.run(
        [program, *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture
def github(tmp_path: Path) -> Path:
    path = tmp_path / ".github" / "workflows" / "switches.yml"
    path.parent.mkdir(parents=True)
    path.write_text(workflow(several(), tmp_path), encoding="utf-8")
    return path


def test_github_takes_the_workflow_by_its_schema(github: Path, tmp_path: Path) -> None:
    linted(own_tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", github, cwd=tmp_path)


def test_actionlint_has_nothing_to_say(github: Path, tmp_path: Path) -> None:
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("actionlint is not installed")
    linted(program, github, cwd=tmp_path)


def test_zizmor_has_nothing_to_say(github: Path, tmp_path: Path) -> None:
    """GitHub's own actions may be named by their major version."""
    policy = {"rules": {"unpinned-uses": {"config": {"policies": {"actions/*": "ref-pin"}}}}}
    (tmp_path / "zizmor.yml").write_text(yaml.safe_dump(policy))
    linted(
        own_tool("zizmor"), "--offline", "--no-progress", "--config", tmp_path / "zizmor.yml", github, cwd=tmp_path
    )


def test_gitlab_takes_the_pipeline_by_its_schema(tmp_path: Path) -> None:
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(pipeline(several(), tmp_path), encoding="utf-8")
    linted(own_tool("check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci", path, cwd=tmp_path)


# ---------------------------------------------------------------- what is in them


def github_jobs(plans: list[Plan], root: Path) -> dict[str, Any]:
    found = yaml.safe_load(workflow(plans, root))["jobs"]
    assert isinstance(found, dict)
    return found


def rows(job: dict[str, Any]) -> list[dict[str, str]]:
    found = job["strategy"]["matrix"]["include"]
    assert isinstance(found, list)
    return found


def test_each_host_compiler_is_built_once_and_restored_by_all_that_need_it(tmp_path: Path) -> None:
    jobs = github_jobs(several(), tmp_path)
    hosts = {row["host"]: row["key"] for row in rows(jobs["host"])}
    assert list(hosts) == ["5.3.0-x86_64-linux", "4.14.1-i686-linux", "5.4.1-x86_64-linux"]
    assert len(set(hosts.values())) == 3
    switches = {row["switch"]: row["key"] for row in rows(jobs["switch"])}
    assert list(switches) == [
        "5.3.0-x86_64-linux-musl",
        "5.3.0-aarch64-linux-musl",
        "5.3.0-riscv64-linux-musl",
        "4.14.1-armv7-linux-musleabihf-on-i686-linux",
        "5.3.0-aarch64-linux-gnu",
        "5.4.1-x86_64-w64-mingw32",
    ]
    assert [key for name, key in switches.items() if name.startswith("5.3.0")] == [hosts["5.3.0-x86_64-linux"]] * 4
    assert jobs["switch"]["needs"] == "host"
    paths = {
        step["with"]["path"] for job in jobs.values() for step in job["steps"] if "cache" in step.get("uses", "")
    }
    assert len(paths) == 1


def test_gitlab_has_the_same_jobs_and_keys(tmp_path: Path) -> None:
    github, gitlab = github_jobs(several(), tmp_path), yaml.safe_load(pipeline(several(), tmp_path))
    for row in rows(github["switch"]):
        job = gitlab[row["switch"]]
        assert job["cache"]["key"] == row["key"]
        assert job["cache"]["policy"] == "pull"
        assert job["variables"]["PACKAGES"] == row["packages"]
        (before,) = job["needs"]
        assert gitlab[before]["cache"] == {key: value for key, value in job["cache"].items() if key != "policy"}
    for row in rows(github["host"]):
        assert gitlab[f"host {row['host']}"]["cache"]["key"] == row["key"]


def test_a_job_installs_what_its_target_needs(tmp_path: Path) -> None:
    packages = {row["switch"]: row["packages"].split() for row in rows(github_jobs(several(), tmp_path)["switch"])}
    assert "qemu-user" in packages["5.3.0-aarch64-linux-musl"]
    assert "gcc-aarch64-linux-gnu" in packages["5.3.0-aarch64-linux-gnu"]
    assert {"wine", "gcc-mingw-w64-x86-64-posix"} <= set(packages["5.4.1-x86_64-w64-mingw32"])


def test_permissions_are_the_least_and_actions_have_a_major_version(tmp_path: Path) -> None:
    data = yaml.safe_load(workflow(several(), tmp_path))
    assert data["permissions"] == {"contents": "read"}
    uses = [step["uses"] for job in data["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert all(use.startswith("actions/") and use.rpartition("@v")[2].isdigit() for use in uses)


def test_the_key_changes_with_what_the_host_compiler_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    before = job(portable_plan(), Path("/"))
    known = recipes()
    host = known["host"]
    more = msgspec.structs.replace(
        host, flags=(*host.flags, msgspec.structs.replace(host.flags[0], flag="--more"))
    )
    monkeypatch.setattr("wizard.plan.make.recipes", lambda: {**known, "host": more})
    after = job(portable_plan(), Path("/"))
    assert before.host
    assert after.host
    assert before.host.key != after.host.key


@pytest.mark.parametrize("toolchain", [True, False])
def test_a_job_packs_what_the_switch_calls_with_it(toolchain: bool, tmp_path: Path) -> None:
    """The packing step of both systems, run on folders of this machine."""
    plans = [portable_plan()]
    (step,) = (step for step in github_jobs(plans, tmp_path)["switch"]["steps"] if step.get("name") == "Pack it")
    gitlab = yaml.safe_load(pipeline(plans, tmp_path))
    (packs,) = (line for line in gitlab["5.3.0-aarch64-linux-musl"]["script"] if "tar " in line)
    for number, text in enumerate((step["run"], packs)):
        work = tmp_path / f"work {number}"
        prefix, home = work / "opt" / "my switch", work / "home"
        (prefix / "share" / "ocaml-cross").mkdir(parents=True)
        for name in ("share/ocaml-cross/proof.json", "ocaml-cross.lock.toml"):
            (prefix / name).write_text("{}")
        names = ["ocaml-cross.lock.toml", "proof.json"]
        if toolchain:
            (home / "data" / "toolchains" / "zig-1").mkdir(parents=True)
            (home / "data" / "toolchains" / "zig-1" / "zig").write_text("zig")
            names.append("zig")
        text = re.sub(r"^PREFIX=.*\n", "", text)
        env = {"PATH": os.environ["PATH"], "PREFIX": str(prefix), "OCW_HOME": str(home)}
        subprocess.run(["sh", "-ec", text], cwd=work, env=env, check=True)
        listed = subprocess.run(
            ["tar", "-tzf", "switch.tar.gz"], cwd=work, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert all(Path("/", name).is_relative_to(work) for name in listed)
        assert sorted(Path(name).name for name in listed if not name.endswith("/")) == names


def test_the_same_switch_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        workflow([portable_plan(), portable_plan()], tmp_path)
    assert raised.value.code == "export-twice"


# ---------------------------------------------------------------- the preset in a job

STRANGE = 'it\'s ${{ github.token }} "$HOME" `id` \\ é\nEND'


def strange_plan(**changes: object) -> Plan:
    lock = Lock("0.1.0", "aarch64-linux-musl", "o.tgz", "0" * 64, "0.17.0", "build")
    preset = Preset(Selection("aarch64-linux"), title=STRANGE, about=STRANGE, lock=lock)
    return Session(FOLDERS, debian(catalogue())).plan_elsewhere(
        msgspec.structs.replace(preset, **changes), None, SWITCHES
    )


def github_preset(plan: Plan, root: Path, shell: str) -> None:
    """Write the preset as the job does: GitHub puts in its expressions, the shell does the rest."""
    (row,) = rows(github_jobs([plan], root)["switch"])
    text = row["preset"].replace("${{ '${{' }}", "${{")
    subprocess.run(
        [shell, "-c", f"printf '%s' \"$PRESET\" >{PRESET_FILE}"], cwd=root, env={"PRESET": text}, check=True
    )


def gitlab_preset(plan: Plan, root: Path, shell: str) -> None:
    script = yaml.safe_load(pipeline([plan], root))["5.3.0-aarch64-linux-musl"]["script"][0]
    subprocess.run([shell, "-c", script], cwd=root, env={"PATH": "/usr/bin:/bin"}, check=True)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("write", [github_preset, gitlab_preset])
def test_a_preset_or_lock_file_comes_into_the_job_as_it_is(
    write: Callable[[Plan, Path, str], None], shell: str, tmp_path: Path
) -> None:
    plan = strange_plan()
    write(plan, tmp_path, shell)
    assert load_preset(tmp_path / PRESET_FILE, catalogue()) == plan.preset


def test_no_expression_of_github_is_in_a_preset_as_it_stands(tmp_path: Path) -> None:
    assert "${{ github.token" not in workflow([strange_plan()], tmp_path)


def test_patches_are_named_from_the_top_of_the_repository(tmp_path: Path) -> None:
    patch = tmp_path / "patches" / "one.patch"
    patch.parent.mkdir()
    patch.write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    plan = strange_plan(selection=Selection("aarch64-linux", patches=(str(patch),)), lock=None)
    (tmp_path / PRESET_FILE).write_text(job(plan, tmp_path).preset)
    assert load_preset(tmp_path / PRESET_FILE, catalogue()).selection.patches == (str(patch),)
    steps = github_jobs([plan], tmp_path)["switch"]["steps"]
    assert steps[0]["uses"].startswith("actions/checkout@")
    assert steps[0]["with"]["persist-credentials"] is False
    assert (
        "GIT_STRATEGY" not in yaml.safe_load(pipeline([plan], tmp_path))["5.3.0-aarch64-linux-musl"]["variables"]
    )
    with pytest.raises(InputError) as raised:
        workflow([plan], tmp_path / "elsewhere")
    assert raised.value.code == "export-patch-outside"


def test_without_patches_nothing_is_checked_out(tmp_path: Path) -> None:
    assert "checkout" not in workflow(several(), tmp_path)
