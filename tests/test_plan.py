"""The plan: everything a build will do, computed without touching anything, with digests that mean something."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import OCAML, REAL
from wizard.catalogue.model import Release, Source
from wizard.constraints.rules import situation
from wizard.errors import InputError, RefusedError, WizardError
from wizard.folders import Folders
from wizard.plan import actions as a
from wizard.plan.make import LOCK_FILE, make_plan
from wizard.plan.model import Plan, PlannedPatch, Stage, from_json, to_json
from wizard.plan.recipe import Recipe, fill, fill_command, recipes
from wizard.selection import Lock, Preset, Selection
from wizard.session import Session
from wizard.surroundings import OcamlOnPath, Surroundings, Zig

RELEASES = [release for release in REAL.releases.values() if release.recipe in recipes()]
each_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.id)
UNFILLED = re.compile(r"\{[A-Za-z_]*\}|@[a-z]+(-[a-z]+)*$")
PATCH = PlannedPatch("one.patch", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "1" * 64)


def plan_for(
    session: Session,
    prefix: Path,
    *,
    target: str = "aarch64-linux",
    release: str = "5.3.0",
    patches: tuple[PlannedPatch, ...] = (),
    here: Surroundings | None = None,
    lock: Lock | None = None,
) -> Plan:
    preset = Preset(Selection(target=target, release=release), lock=lock)
    place = situation(preset.selection, REAL, here or session.surroundings)
    return make_plan(preset, place, session.folders, prefix, patches)


def ocaml_for(release: Release) -> OcamlOnPath:
    return msgspec.structs.replace(OCAML, release=release.id)


def variants(session: Session, prefix: Path) -> Iterator[Plan]:
    """Plans of every release: with a host compiler that is built, one from PATH, and without any C compiler."""
    here = session.surroundings
    bare = msgspec.structs.replace(here, tools={"make": "/usr/bin/make"})
    for release in RELEASES:
        yield plan_for(session, prefix, release=release.id)
        yield plan_for(session, prefix, release=release.id, patches=(PATCH,), target="x86_64-linux")
        yield plan_for(session, prefix, release=release.id, here=bare)
        yield plan_for(
            session, prefix, release=release.id, here=msgspec.structs.replace(here, ocaml=ocaml_for(release))
        )


def digests(plan: Plan, *, shared: bool) -> list[str]:
    return [stage.digest for stage in plan.stages if stage.shared is shared]


def runs(plan: Plan) -> list[a.Run]:
    return [action for stage in plan.stages for action in stage.actions if isinstance(action, a.Run)]


def found(plan: Plan, kind: type[a.Action]) -> list[a.Action]:
    return [action for stage in plan.stages for action in stage.actions if isinstance(action, kind)]


# ---------------------------------------------------------------- pure


@each_release
def test_the_same_selection_makes_the_same_plan(release: Release, session: Session, tmp_path: Path) -> None:
    one, other = (plan_for(session, tmp_path / "p", release=release.id, patches=(PATCH,)) for _ in range(2))
    assert one == other
    assert to_json(one) == to_json(other)


def test_planning_reads_and_writes_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes()

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
        plans = list(variants(session, Path("/opt/switch")))
    assert len(plans) == 4 * len(RELEASES)
    assert not session.folders.state.parent.exists()


@each_release
def test_a_plan_survives_json(release: Release, session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path / "p", release=release.id, patches=(PATCH,))
    assert from_json(to_json(plan)) == plan


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"id": "x"}', b"\xff"])
def test_what_is_no_plan_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        from_json(data)


def test_a_situation_without_a_triplet_host_or_zig_has_no_plan(session: Session) -> None:
    here = session.surroundings
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


def test_the_compiler_is_asked_what_it_is_before_anything_is_configured(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        kinds = [(stage.id, type(action)) for stage in plan.stages for action in stage.actions]
        asked = next(index for index, (_, kind) in enumerate(kinds) if kind is a.CheckCompiler)
        first_run = next(index for index, (_, kind) in enumerate(kinds) if kind is a.Run)
        assert asked < first_run
        check = found(plan, a.CheckCompiler)[0]
        assert isinstance(check, a.CheckCompiler)
        assert check.triplet == plan.triplet
        assert check.elf_machine == REAL.machines[plan.target].elf_machine
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
        *session.surroundings.path.split(":"),
    ]


def test_where_there_is_no_c_compiler_zig_serves_behind_the_host_compiler(
    session: Session, tmp_path: Path
) -> None:
    bare = msgspec.structs.replace(session.surroundings, tools={"make": "/usr/bin/make"})
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
    plan = plan_for(session, tmp_path / "p", here=msgspec.structs.replace(session.surroundings, path=path))
    assert [part for part in path_of(plan) if not part.startswith("/")] == []


def test_what_is_scrubbed_is_said(session: Session, tmp_path: Path) -> None:
    here = msgspec.structs.replace(session.surroundings, scrubbed=("CC", "OCAMLLIB"))
    plan = plan_for(session, tmp_path / "p", here=here)
    assert plan.scrubbed == ("CC", "OCAMLLIB")
    assert not {"CC", "OCAMLLIB"} & {variable.name for variable in plan.environment}


def test_a_stage_is_found_by_its_name(session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path / "p")
    assert plan.stage("publish") is plan.stages[-1]
    with pytest.raises(KeyError):
        plan.stage("no-such-stage")


# ---------------------------------------------------------------- the host compiler


@each_release
def test_two_targets_and_two_prefixes_share_every_stage_of_the_host_compiler(
    release: Release, session: Session
) -> None:
    plans = [
        plan_for(session, Path(prefix), target=target, release=release.id)
        for prefix, target in itertools.product(("/opt/one", "/opt/two"), ("aarch64-linux", "x86_64-linux"))
    ]
    shared = [tuple(stage for stage in plan.stages if stage.shared) for plan in plans]
    assert len(shared[0]) >= 4
    assert len(set(map(repr, shared))) == 1
    assert len({plan.id for plan in plans}) == 4
    own = [stage.digest for plan in plans for stage in plan.stages if not stage.shared]
    assert len(set(own)) == len(own), "no stage of one target passes for another's"


def test_a_patch_does_not_touch_the_host_compiler(session: Session, tmp_path: Path) -> None:
    plain, patched = plan_for(session, tmp_path), plan_for(session, tmp_path, patches=(PATCH,))
    assert digests(plain, shared=True) == digests(patched, shared=True)


def test_releases_have_host_compilers_of_their_own(session: Session, tmp_path: Path) -> None:
    homes = [plan_for(session, tmp_path, release=release.id).host_prefix for release in RELEASES]
    assert len(set(homes)) == len(homes)


def test_another_c_compiler_makes_another_host_compiler(session: Session, tmp_path: Path) -> None:
    clang = {**session.surroundings.tools, "cc": "/usr/bin/clang"}
    other = plan_for(session, tmp_path, here=msgspec.structs.replace(session.surroundings, tools=clang))
    assert other.host_prefix != plan_for(session, tmp_path).host_prefix


@each_release
def test_the_compiler_on_path_saves_every_host_stage(release: Release, session: Session, tmp_path: Path) -> None:
    here = msgspec.structs.replace(session.surroundings, ocaml=ocaml_for(release))
    plan = plan_for(session, tmp_path / "p", release=release.id, here=here)
    assert plan.host_compiler == "path"
    assert plan.host_flags == ()
    assert digests(plan, shared=True) == []
    assert plan.host_prefix == "/usr"
    assert not [word for run in runs(plan) for word in run.argv if str(session.folders.hosts) in word]
    libraries = [word for run in runs(plan) for word in run.argv if "-I /usr/lib/ocaml" in word]
    assert libraries, "the host's own library is named where `-I runtime` would shadow it"


def test_the_compiler_on_path_makes_another_build_than_a_built_one(session: Session, tmp_path: Path) -> None:
    here = msgspec.structs.replace(session.surroundings, ocaml=OCAML)
    assert plan_for(session, tmp_path).id != plan_for(session, tmp_path, here=here).id


# ---------------------------------------------------------------- digests


def test_a_patch_a_release_or_a_prefix_changes_every_digest_after_it(session: Session) -> None:
    plain = plan_for(session, Path("/opt/one"))
    changed = {
        "patch": plan_for(session, Path("/opt/one"), patches=(PATCH,)),
        "prefix": plan_for(session, Path("/opt/two")),
        "target": plan_for(session, Path("/opt/one"), target="x86_64-linux"),
        "release": plan_for(session, Path("/opt/one"), release="4.14.2"),
        "zig": plan_for(
            session,
            Path("/opt/one"),
            here=msgspec.structs.replace(session.surroundings, zig=Zig("/opt/wheel/ziglang", "0.18.0")),
        ),
    }
    for what, other in changed.items():
        assert other.digest != plain.digest, what
        assert other.id != plain.id, what
        same = set(digests(plain, shared=False)) & set(digests(other, shared=False))
        assert not same, what


def test_the_text_of_a_patch_decides_not_its_name_alone(session: Session, tmp_path: Path) -> None:
    other = PlannedPatch(PATCH.name, PATCH.text.replace("+b", "+c"), "2" * 64)
    assert plan_for(session, tmp_path, patches=(PATCH,)).id != plan_for(session, tmp_path, patches=(other,)).id


def test_the_order_of_patches_decides(session: Session, tmp_path: Path) -> None:
    other = PlannedPatch("two.patch", PATCH.text, "2" * 64)
    one, two = (plan_for(session, tmp_path, patches=both) for both in ((PATCH, other), (other, PATCH)))
    assert one.id != two.id
    applied = [action.name for action in found(two, a.ApplyPatch) if isinstance(action, a.ApplyPatch)]
    assert applied == ["two.patch", "one.patch"]


@pytest.mark.parametrize(
    "change",
    [
        {"zig": Zig("/home/other/venv/ziglang", "0.17.0")},
        {"cores": 64},
        {"path": "/opt/other/bin:/usr/bin"},
        {"emulators": {"aarch64-linux": "/usr/bin/qemu-aarch64"}},
        {"scrubbed": ("CC",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_change_the_result_changes_no_digest(
    change: dict[str, object], session: Session, tmp_path: Path
) -> None:
    plain = plan_for(session, tmp_path)
    other = plan_for(session, tmp_path, here=msgspec.structs.replace(session.surroundings, **change))
    assert other.id == plain.id
    assert [stage.digest for stage in other.stages] == [stage.digest for stage in plain.stages]


def test_a_title_changes_no_digest(session: Session, tmp_path: Path) -> None:
    place = situation(Selection(target="aarch64-linux"), REAL, session.surroundings)
    plans = [
        make_plan(Preset(place.selection, title=title), place, session.folders, tmp_path)
        for title in ("one", "two")
    ]
    assert plans[0].id == plans[1].id


def test_every_digest_of_a_plan_is_its_own(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        every = [stage.digest for stage in plan.stages]
        assert len(set(every)) == len(every)
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in every)


# ---------------------------------------------------------------- lock files and patches


def lock(sha256: str) -> Lock:
    return Lock(
        wizard="0.1.0",
        triplet="aarch64-linux-musl",
        source_file="x",
        source_sha256=sha256,
        toolchain_version="0.17.0",
        host_compiler="build",
    )


def target_sources(plan: Plan) -> tuple[Source, ...]:
    fetch = plan.stage("fetch").actions[0]
    assert isinstance(fetch, a.FetchSource)
    return fetch.sources


@pytest.mark.parametrize("source", REAL.releases["5.3.0"].sources, ids=lambda source: source.kind)
def test_a_lock_file_takes_only_the_source_it_pins(source: Source, session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path, lock=lock(source.sha256))
    assert target_sources(plan) == (source,)


def test_without_a_lock_file_any_source_of_the_release_will_do(session: Session, tmp_path: Path) -> None:
    assert target_sources(plan_for(session, tmp_path)) == REAL.releases["5.3.0"].sources


def test_a_lock_file_whose_source_the_catalogue_lost_never_builds_from_another(
    session: Session, tmp_path: Path
) -> None:
    try:
        plan = plan_for(session, tmp_path, lock=lock("f" * 64))
    except WizardError as error:
        assert isinstance(error, (InputError, RefusedError))  # noqa: PT017
    else:
        assert {source.sha256 for source in target_sources(plan)} == {"f" * 64}


def test_the_patches_of_a_switch_are_kept_beside_its_lock_file(session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path, patches=(PATCH,))
    kept = [x for x in found(plan, a.WriteFile) if isinstance(x, a.WriteFile) and x.path.endswith(".patch")]
    assert [(x.path, x.text) for x in kept] == [
        (f"{plan.staging}/share/ocaml-cross/patches/one.patch", PATCH.text)
    ]


def test_two_patches_of_one_name_do_not_overwrite_each_other(session: Session, tmp_path: Path) -> None:
    names = [tmp_path / folder / "fix.patch" for folder in ("one", "two")]
    for number, name in enumerate(names):
        name.parent.mkdir()
        name.write_text(PATCH.text.replace("+b", f"+{number}"), encoding="utf-8")
    selection = Selection(target="aarch64-linux", patches=tuple(map(str, names)))
    try:
        plan = session.plan(session.check_selection(selection, tmp_path / "switch"))
    except WizardError as error:
        assert isinstance(error, InputError)  # noqa: PT017
        return
    kept = {x.path: x.text for x in found(plan, a.WriteFile) if isinstance(x, a.WriteFile) and "fix" in x.path}
    assert len(kept) == 2
    assert len({patch.name for patch in plan.patches}) == 2, "the lock file pins patches by name"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_kept_of_a_patch_has_the_digest_that_the_lock_file_pins(
    end: str, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "fix.patch"
    path.write_bytes(PATCH.text.replace("\n", end).encode())
    plan = session.plan(session.check_selection(Selection(target="aarch64-linux", patches=(str(path),))))
    assert hashlib.sha256(plan.patches[0].text.encode()).hexdigest() == plan.patches[0].sha256


def test_a_patch_that_is_not_there_is_an_input_error(session: Session, tmp_path: Path) -> None:
    selection = Selection(target="aarch64-linux", patches=(str(tmp_path / "no.patch"),))
    with pytest.raises(InputError, match=r"no\.patch") as raised:
        session.plan(session.check_selection(selection))
    assert raised.value.code == "patch-unreadable"


def test_a_patch_with_a_nul_in_its_name_is_an_input_error(session: Session) -> None:
    with pytest.raises(InputError):
        session.plan(session.check_selection(Selection(target="aarch64-linux", patches=("/tmp/\0",))))


def test_a_patch_that_is_not_the_pinned_one_is_refused(session: Session, tmp_path: Path) -> None:
    (tmp_path / "fix.patch").write_text(PATCH.text, encoding="utf-8")
    preset = Preset(
        Selection(target="aarch64-linux", patches=(str(tmp_path / "fix.patch"),)),
        lock=msgspec.structs.replace(
            lock(REAL.releases["5.3.0"].sources[0].sha256), patches={"fix.patch": "0" * 64}
        ),
    )
    with pytest.raises(InputError) as raised:
        session.plan(session.check(preset))
    assert raised.value.code == "patch-changed"


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize("name", list(recipes()))
def test_a_recipe_uses_only_variables_it_has(name: str) -> None:
    recipe = recipes()[name]
    for stage in recipe.stages:
        for command in stage.commands:
            for word in command:
                assert not word.startswith("@") or word == "@flags" or word[1:] in recipe.variables


@pytest.mark.parametrize("name", list(recipes()))
def test_a_recipe_uses_every_variable_it_has(name: str) -> None:
    recipe = recipes()[name]
    used = {word for stage in recipe.stages for command in stage.commands for word in command}
    assert {f"@{variable}" for variable in recipe.variables} <= used


words = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("xyz /", max_size=5), max_size=3)


@given(words=words, text=st.text("ab{}$( )", max_size=20))
def test_filling_in_replaces_the_words_it_has_and_nothing_else(words: dict[str, str], text: str) -> None:
    expected = re.sub(r"\{(\w+)\}", lambda m: words.get(m.group(1), m.group(0)), text)
    assert fill(text, words) == expected


def test_a_value_that_looks_like_a_word_is_not_filled_in_again() -> None:
    assert fill("{a}{b}", {"a": "{b}", "b": "x"}) == "{b}x"
    assert fill("{a}{b}", {"b": "{a}", "a": "x"}) == "x{a}"


def test_flags_and_variables_become_words_of_their_own() -> None:
    recipe = Recipe(stages=(), variables={"sak": ("SAK_CC={cc}", "SAK_LINK={cc} -o $(1)")})
    argv = fill_command(("make", "@sak", "x", "{cc}"), recipe, {"cc": "/a b/gcc"}, ())
    assert argv == ("make", "SAK_CC=/a b/gcc", "SAK_LINK=/a b/gcc -o $(1)", "x", "/a b/gcc")


# ---------------------------------------------------------------- the preview's lines

any_word = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    argv=st.lists(any_word, min_size=1, max_size=4),
    cwd=any_word.map(lambda word: f"/{word}"),
    env=st.dictionaries(st.text("ABC_", min_size=1, max_size=3), any_word, max_size=2),
)
def test_a_command_is_shown_as_it_could_be_typed(argv: list[str], cwd: str, env: dict[str, str]) -> None:
    shown = shlex.split(a.Run(tuple(argv), cwd, env=env).describe())
    assert shown == ["cd", cwd, "&&", *(f"{name}={value}" for name, value in env.items()), *argv]


def test_every_kind_of_action_has_one_line_for_the_preview(session: Session) -> None:
    kinds: set[type[a.Action]] = set()
    for plan in variants(session, Path("/opt/switch")):
        for action in (action for stage in plan.stages for action in stage.actions):
            kinds.add(type(action))
            assert action.describe()
            assert "\n" not in action.describe()
    assert kinds == set(a.Action.__subclasses__())


def test_a_stage_without_outputs_still_has_a_digest(session: Session, tmp_path: Path) -> None:
    stages: list[Stage] = list(plan_for(session, tmp_path).stages)
    assert any(not stage.outputs for stage in stages)
    assert all(stage.digest for stage in stages)


def test_own_folders_are_those_that_were_given(session: Session, tmp_path: Path, folders: Folders) -> None:
    plan = plan_for(session, tmp_path)
    assert plan.sources_folder == str(folders.sources)
    assert plan.build_folder == str(folders.builds / plan.id)
    assert plan.staging == f"{plan.build_folder}/staging{tmp_path}"
