"""What a digest covers: what changes a result changes it, what does not is shared."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import msgspec
import pytest

from tests.support.fakes import OCAML, REAL
from tests.support.plans import PATCH, RELEASES, digests, each_release, found, ocaml_for, plan_for, runs, variants
from wizard.catalogue.model import Release
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.check.resolved import resolve
from wizard.machine.survey import Zig
from wizard.plan.make import make_plan
from wizard.plan.model import PlannedPatch
from wizard.session.session import Session
from wizard.steps import actions as a

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
    clang = {**session.build_machine.tools, "cc": "/usr/bin/clang"}
    other = plan_for(session, tmp_path, here=msgspec.structs.replace(session.build_machine, tools=clang))
    assert other.host_prefix != plan_for(session, tmp_path).host_prefix


@each_release
def test_the_compiler_on_path_saves_every_host_stage(release: Release, session: Session, tmp_path: Path) -> None:
    here = msgspec.structs.replace(session.build_machine, ocaml=ocaml_for(release))
    plan = plan_for(session, tmp_path / "p", release=release.id, here=here)
    assert plan.host_compiler == "path"
    assert plan.host_flags == ()
    assert digests(plan, shared=True) == []
    assert plan.host_prefix == "/usr"
    assert not [word for run in runs(plan) for word in run.argv if str(session.folders.hosts) in word]
    libraries = [word for run in runs(plan) for word in run.argv if "-I /usr/lib/ocaml" in word]
    assert libraries, "the host's own library is named where `-I runtime` would shadow it"


def test_the_compiler_on_path_makes_another_build_than_a_built_one(session: Session, tmp_path: Path) -> None:
    here = msgspec.structs.replace(session.build_machine, ocaml=OCAML)
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
            here=msgspec.structs.replace(session.build_machine, zig=Zig("/opt/wheel/ziglang", "0.18.0")),
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
    other = plan_for(session, tmp_path, here=msgspec.structs.replace(session.build_machine, **change))
    assert other.id == plain.id
    assert [stage.digest for stage in other.stages] == [stage.digest for stage in plain.stages]


def test_a_title_changes_no_digest(session: Session, tmp_path: Path) -> None:
    resolved = resolve(Selection("aarch64-linux", "musl", toolchain="zig"), REAL, session.build_machine)
    plans = [
        make_plan(Preset(resolved.selection, title=title), resolved, session.folders, tmp_path)
        for title in ("one", "two")
    ]
    assert plans[0].id == plans[1].id


def test_every_digest_of_a_plan_is_its_own(session: Session) -> None:
    for plan in variants(session, Path("/opt/switch")):
        every = [stage.digest for stage in plan.stages]
        assert len(set(every)) == len(every)
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in every)
