"""The plan: everything a build will do, computed without touching anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.plans import (
    PATCH,
    RELEASES,
    UNFILLED,
    each_release,
    found,
    plan_for,
    runs,
    variants,
    without_reasons,
)
from wizard.base.errors import RefusedError
from wizard.catalogue.model import Release
from wizard.machine.survey import LOCK_FILE
from wizard.plan import answers, switch_files
from wizard.plan.batch import from_json, to_json
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.recipes import recipes
from wizard.toolchains.cosmopolitan_library import overlay

# ---------------------------------------------------------------- pure


@each_release
def test_the_same_selection_makes_the_same_plan(release: Release, session: Session, tmp_path: Path) -> None:
    one, other = (plan_for(session, tmp_path / "p", release=release.id, patches=(PATCH,)) for _ in range(2))
    assert one == other
    assert to_json(one) == to_json(other)


def test_planning_reads_and_writes_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes()
    overlay()
    answers.known()
    switch_files._metas()

    def refuse_to(*_args: object, **_named: object) -> None:
        raise AssertionError("a plan is computed, not looked up")

    with monkeypatch.context() as patched:
        for name in (
            "open",
            "stat",
            "lstat",
            "mkdir",
            "listdir",
            "scandir",
            "access",
            "unlink",
            "rename",
            "replace",
        ):
            patched.setattr(os, name, refuse_to)
        patched.setattr("builtins.open", refuse_to)
        patched.setattr("io.open", refuse_to)
        patched.setattr("subprocess.Popen.__init__", refuse_to)
        traced = sys.gettrace()
        sys.settrace(None)  # a measurement of coverage looks up each file that it meets
        plans = list(variants(session, Path("/opt/switch")))
        sys.settrace(traced)
    assert len(plans) == 4 * len(RELEASES) + 3
    assert not session.folders.state.parent.exists()


@each_release
def test_a_plan_survives_json(release: Release, session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path / "p", release=release.id, patches=(PATCH,))
    assert from_json(to_json(plan)) == without_reasons(plan)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"id": "x"}', b"\xff"])
def test_what_is_no_plan_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        from_json(data)


def test_a_selection_without_a_triplet_host_or_zig_has_no_plan(session: Session) -> None:
    here = session.build_machine
    for bare in (msgspec.structs.replace(here, zig=None), msgspec.structs.replace(here, machine="", triplet="")):
        with pytest.raises(RefusedError):
            plan_for(session, Path("/opt/switch"), here=bare)


# ---------------------------------------------------------------- what it says


def test_every_flag_variable_and_file_has_its_reason(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        assert plan.flags
        assert all(flag.flag and flag.reason for flag in (*plan.flags, *plan.host_flags))
        assert all(variable.reason for variable in plan.environment)
        assert all(file.purpose for file in (*plan.wrappers, *plan.switch_files))
        assert all(stage.title and stage.why for stage in plan.stages)


def test_no_flag_and_no_variable_is_given_twice(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        for flags in (plan.flags, plan.host_flags):
            names = [flag.flag.split("=")[0] for flag in flags]
            assert len(set(names)) == len(names)
        names = [variable.name for variable in plan.environment]
        assert len(set(names)) == len(names)


def test_no_word_in_braces_is_left_in_what_is_run_or_written(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        for run in runs(plan):
            for word in run.argv:
                assert not UNFILLED.search(word), (run.argv, word)
        for flag in (*plan.flags, *plan.host_flags):
            assert not UNFILLED.search(flag.flag)
        for stage in plan.stages:
            for output in stage.outputs:
                assert not UNFILLED.search(output)
            for action in stage.actions:
                if isinstance(action, a.CheckMakefileConfig):
                    assert not UNFILLED.search("".join(action.expected.values()) + action.path)


def test_stages_have_names_of_their_own_and_every_path_is_absolute(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        ids = [stage.id for stage in plan.stages]
        assert len(set(ids)) == len(ids)
        for stage in plan.stages:
            assert stage.actions
            assert stage.seconds > 0
            assert stage.lines >= 1
            assert all(output.startswith("/") for output in stage.outputs)
        assert all(run.cwd.startswith("/") for run in runs(plan))


def test_nothing_is_written_outside_the_own_folders_and_the_prefix(session: Session) -> None:
    home = str(session.folders.state.parent)
    for plan in variants(session, Path("/opt/switch")):
        for action in found(plan, a.WriteFile):
            assert isinstance(action, a.WriteFile)
            assert action.path.startswith(f"{home}/"), action.path
            assert ".." not in action.path
        for run in runs(plan):
            assert run.cwd.startswith(f"{home}/")
        targets = [action.into for action in found(plan, a.Publish) if isinstance(action, a.Publish)]
        assert all(into == plan.prefix or into.startswith(f"{home}/") for into in targets)


def test_the_switch_is_proved_before_it_is_published_and_published_last(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        ids = [stage.id for stage in plan.stages]
        assert ids[0] == "fetch"
        assert ids[-3:] == ["switch", "proof", "publish"]
        publish = plan.stages[-1].actions[0]
        assert publish == a.Publish(plan.staging, plan.prefix)
        assert plan.stages[-1].outputs == (f"{plan.prefix}/{LOCK_FILE}",)
        assert all(
            not output.startswith(f"{plan.prefix}/") for stage in plan.stages[:-1] for output in stage.outputs
        )


def test_tests_of_ocaml_are_unpacked_for_a_patch_of_theirs_only(session: Session, tmp_path: Path) -> None:
    theirs = msgspec.structs.replace(PATCH, text=PATCH.text.replace("b/x", "b/testsuite/x"))
    for patch, without in ((PATCH, "testsuite"), (theirs, "")):
        plan = plan_for(session, tmp_path / "p", patches=(patch,))
        unpacked = {
            one.into: one.without for one in found(plan, a.UnpackSource) if isinstance(one, a.UnpackSource)
        }
        assert unpacked.pop(f"{plan.build_folder}/tree") == without
        assert set(unpacked.values()) == {"testsuite"}, "the host compiler's source is unpatched"


def test_the_compiler_is_asked_what_it_is_before_anything_is_configured(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        actions = [action for stage in plan.stages for action in stage.actions]
        asked = next(index for index, action in enumerate(actions) if isinstance(action, a.CheckCompiler))
        ready = actions[:asked]
        assert not [one for one in ready if isinstance(one, a.Run) and "./configure" in one.argv]
        tree = f"{plan.build_folder}/tree"
        assert not [one for one in ready if isinstance(one, a.UnpackSource) and one.into == tree]
        check = found(plan, a.CheckCompiler)[0]
        assert isinstance(check, a.CheckCompiler)
        assert check.triplet == plan.triplet
        assert check.target == plan.target
        assert check.static


@each_release
def test_configure_must_have_chosen_the_targets_architecture_and_compiler(
    release: Release, session: Session
) -> None:
    plan = plan_for(session, Path("/opt/switch"), release=release.id)
    checks = found(plan, a.CheckMakefileConfig)
    assert checks
    for check in checks:
        assert isinstance(check, a.CheckMakefileConfig)
        assert check.expected["ARCH"] == "arm64"
        assert check.expected["CC"] == "aarch64-linux-musl-gcc"
        assert check.path == f"{plan.build_folder}/tree/Makefile.config"


@each_release
def test_configure_gets_exactly_the_flags_the_preview_shows(release: Release, session: Session) -> None:
    plan = plan_for(session, Path("/opt/switch"), release=release.id)
    configures = [run.argv for run in runs(plan) if "./configure" in run.argv]
    assert len(configures) == 2
    host, target = configures
    assert host[:2] == target[:2] == ("sh", "./configure")
    assert host[2 : 2 + len(plan.host_flags)] == tuple(flag.flag for flag in plan.host_flags)
    assert target[2:] == tuple(flag.flag for flag in plan.flags)


@each_release
def test_the_flags_name_prefix_target_and_build_machine(release: Release, session: Session) -> None:
    flags = {flag.flag for flag in plan_for(session, Path("/opt/switch"), release=release.id).flags}
    assert "--prefix=/opt/switch" in flags
    assert "--build=x86_64-pc-linux-gnu" in flags
    option = "--target" if release.version >= (5, 4) else "--host"
    assert f"{option}=aarch64-linux-musl" in flags
    assert any(flag.startswith("PARTIALLD=aarch64-linux-musl-ld") for flag in flags)


@each_release
def test_sak_is_compiled_for_the_build_machine_in_the_releases_that_have_no_crossopt(
    release: Release, session: Session
) -> None:
    plan = plan_for(session, Path("/opt/switch"), release=release.id)
    saks = [word for run in runs(plan) for word in run.argv if word.startswith("SAK_")]
    if release.recipe == "crossopt":
        assert not saks
    else:
        assert "SAK_CC=/usr/bin/gcc" in saks
        assert "SAK_LINK=/usr/bin/gcc -o $(1) $(2)" in saks
        assert "SAK_CFLAGS=-O1 -Iruntime" in saks or release.version < (5,)


def test_the_environment_is_only_what_is_listed(session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path / "p")
    variables = {variable.name: variable.value for variable in plan.environment}
    assert set(variables) == {"PATH", "HOME", "TMPDIR", "LC_ALL", "MAKEFLAGS"}
    assert variables["LC_ALL"] == "C"
    assert variables["MAKEFLAGS"] == "-j2"
    assert variables["HOME"].startswith(plan.build_folder)
    assert variables["TMPDIR"].startswith(plan.build_folder)


def path_of(plan: Plan) -> list[str]:
    return next(variable.value for variable in plan.environment if variable.name == "PATH").split(":")


def test_path_holds_the_wrappers_then_the_host_compiler_then_the_users_own(
    session: Session, tmp_path: Path
) -> None:
    plan = plan_for(session, tmp_path / "p")
    assert path_of(plan) == [
        f"{plan.staging}/wrappers",
        f"{plan.host_prefix}/bin",
        *session.build_machine.path.split(":"),
    ]


def test_where_there_is_no_c_compiler_zig_serves_behind_the_host_compiler(
    session: Session, tmp_path: Path
) -> None:
    bare = msgspec.structs.replace(session.build_machine, tools={"make": "/usr/bin/make"})
    plan = plan_for(session, tmp_path / "p", here=bare)
    tools = str(session.folders.toolchains / "build-tools")
    assert path_of(plan)[2] == tools
    written = {action.path for action in found(plan, a.WriteFile) if isinstance(action, a.WriteFile)}
    assert {f"{tools}/gcc", f"{tools}/cc", f"{tools}/as", f"{tools}/ar"} <= written
    host_configure = next(run for run in runs(plan) if "./configure" in run.argv)
    assert f"CC={tools}/gcc" in host_configure.argv


@pytest.mark.parametrize("path", ["", "/usr/bin:", ":/usr/bin", "/usr/bin::/bin", ".:/usr/bin", "bin:/usr/bin"])
def test_nothing_is_looked_for_in_the_folder_a_command_happens_to_run_in(
    path: str, session: Session, tmp_path: Path
) -> None:
    plan = plan_for(session, tmp_path / "p", here=msgspec.structs.replace(session.build_machine, path=path))
    assert [part for part in path_of(plan) if not part.startswith("/")] == []


def test_what_is_scrubbed_is_said(session: Session, tmp_path: Path) -> None:
    here = msgspec.structs.replace(session.build_machine, scrubbed=("CC", "OCAMLLIB"))
    plan = plan_for(session, tmp_path / "p", here=here)
    assert plan.scrubbed == ("CC", "OCAMLLIB")
    assert not {"CC", "OCAMLLIB"} & {variable.name for variable in plan.environment}


def test_a_stage_is_found_by_its_name(session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path / "p")
    assert plan.stage("publish") is plan.stages[-1]
    with pytest.raises(KeyError):
        plan.stage("no-such-stage")
