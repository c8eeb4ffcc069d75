"""Sources that the user gives: what lies there counts, is called unpinned everywhere, and its digest is kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from tests.support.commands import Ocw
from tests.support.fakes import HERE, REAL, UNIKERNEL
from wizard.base.digests import sha256_of, sha256_of_tree, tree_of
from wizard.base.errors import InputError, MissingError
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Lock, Pin, Preset, load_preset, preset_text
from wizard.check.fixes import words
from wizard.fetch.finder import find_in_folders, find_source
from wizard.fetch.trees import copy_tree
from wizard.plan.lock import lock_preset
from wizard.plan.model import Plan
from wizard.plan.patches import own_patches
from wizard.session.session import Session
from wizard.steps.actions import FetchSource, UnpackSource

COMPILERS = {
    "x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc",
    "aarch64-linux-gnu": "/usr/bin/aarch64-linux-gnu-gcc",
}


@pytest.fixture
def here(folders: object) -> Session:
    return Session(folders, msgspec.structs.replace(HERE, compilers=COMPILERS))  # type: ignore[arg-type]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a source, and what is no part of one."""
    folder = tmp_path / "my solo5"
    for name, text in {"configure.sh": "exit 0\n", "include/a.h": "#define A\n", ".git/index": "x"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "configure.sh").chmod(0o755)
    (folder / "link").symlink_to("include")
    return folder


def plan_with(session: Session, tmp_path: Path, *sources: str) -> Plan:
    selection = msgspec.structs.replace(UNIKERNEL, sources=sources)
    return session.plan(session.check(Preset(selection), tmp_path / "prefix"))


def fetch_of(plan: Plan, name: str) -> FetchSource:
    return next(
        action
        for stage in plan.stages
        for action in stage.actions
        if isinstance(action, FetchSource) and action.record.endswith(f"/{name}.json")
    )


# ---------------------------------------------------------------- a folder's digest


def test_a_folder_is_its_files_their_names_and_modes(tree: Path) -> None:
    names = [str(path.relative_to(tree)) for path in tree_of(tree)]
    assert names == ["configure.sh", "include/a.h", "link"]
    seen = [sha256_of_tree(tree)]
    (tree / ".git" / "index").write_text("y", encoding="utf-8")
    assert sha256_of_tree(tree) == seen[0]
    os.utime(tree / "configure.sh", (1, 1))
    assert sha256_of_tree(tree) == seen[0]
    (tree / "include" / "a.h").write_text("#define B\n", encoding="utf-8")
    seen.append(sha256_of_tree(tree))
    (tree / "configure.sh").chmod(0o644)
    seen.append(sha256_of_tree(tree))
    (tree / "include" / "a.h").rename(tree / "include" / "b.h")
    seen.append(sha256_of_tree(tree))
    (tree / "link").unlink()
    (tree / "link").symlink_to("elsewhere")
    seen.append(sha256_of_tree(tree))
    assert len(set(seen)) == len(seen)


def test_a_copy_of_a_folder_is_the_same_folder(tree: Path, tmp_path: Path) -> None:
    into = tmp_path / "build" / "solo5"
    copy_tree(tree, into)
    (into / "left over").write_text("", encoding="utf-8")
    copy_tree(tree, into)
    assert sha256_of_tree(into) == sha256_of_tree(tree)
    assert not (into / ".git").exists()
    assert os.access(into / "configure.sh", os.X_OK)


# ---------------------------------------------------------------- in a plan


def test_what_lies_there_counts(here: Session, tree: Path, tmp_path: Path) -> None:
    first = plan_with(here, tmp_path, f"solo5={tree}")
    source = fetch_of(first, "solo5").sources
    assert [(one.kind, one.address, one.sha256) for one in source] == [("local", str(tree), sha256_of_tree(tree))]
    assert fetch_of(first, "ocaml-solo5").sources == REAL.components["ocaml-solo5-1-1-0"].sources
    assert plan_with(here, tmp_path, f"solo5={tree}").id == first.id
    (tree / "include" / "a.h").write_text("#define B\n", encoding="utf-8")
    assert plan_with(here, tmp_path, f"solo5={tree}").id != first.id


def test_it_is_unpacked_where_the_recipe_looks(here: Session, tree: Path, tmp_path: Path) -> None:
    plan = plan_with(here, tmp_path, f"solo5={tree}")
    into = {a.into for stage in plan.stages for a in stage.actions if isinstance(a, UnpackSource)}
    assert {f"{plan.build_folder}/solo5", f"{plan.build_folder}/ocaml-solo5", f"{plan.build_folder}/tree"} <= into
    assert plan.stage("solo5").actions[0].cwd == f"{plan.build_folder}/solo5"  # type: ignore[union-attr]


def test_it_is_found_as_it_was_planned(here: Session, tree: Path, tmp_path: Path) -> None:
    action = fetch_of(plan_with(here, tmp_path, f"solo5={tree}"), "solo5")
    words = {"cache": tmp_path / "cache", "local": None, "offline": True}

    def find() -> object:
        return find_source(action.name, action.sources, progress=lambda *_said: None, **words)  # type: ignore[arg-type]

    assert find() == find()
    (tree / "new").write_text("", encoding="utf-8")
    with pytest.raises(MissingError) as raised:
        find()
    assert raised.value.code == "source-changed"


def test_it_is_called_unpinned_wherever_it_is_shown(ocw: Ocw, tree: Path, tmp_path: Path) -> None:
    words = ("--target", "x86_64-solo5", "--source", f"solo5={tree}")
    said = ocw("check", *words).out
    assert f"Solo5 is taken from {tree}" in said
    assert "unpinned" in said
    listed = ocw("sources", *words).out
    assert str(tree) in listed
    saved = tmp_path / "saved.toml"
    ocw("check", *words, "--save", saved)
    assert f'sources = [ "solo5={tree}",]' in saved.read_text(encoding="utf-8")


def test_a_lock_file_keeps_the_digest_and_that_nothing_vouches_for_it(
    here: Session, tree: Path, tmp_path: Path
) -> None:
    plan = plan_with(here, tmp_path, f"solo5={tree}")
    digest = sha256_of_tree(tree)
    pins = {"solo5": Pin("my solo5", digest, True), "ocaml-solo5": Pin("ocaml-solo5-1.1.0.tar.gz", "2" * 64)}
    path = tmp_path / "lock.toml"
    path.write_text(preset_text(lock_preset(plan, Pin("o.tgz", "1" * 64), pins)), encoding="utf-8")
    assert "unpinned = true" in path.read_text(encoding="utf-8")
    again = load_preset(path, here.catalogue)
    assert again.lock is not None
    assert again.lock.components == pins
    assert again.selection.sources == (f"solo5={tree}",)
    (tree / "new").write_text("", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        here.plan(here.check(again, tmp_path / "prefix"))
    assert raised.value.code == "lock-source-changed"


def test_a_lock_file_pins_what_is_published_with_another_kind_of_digest(here: Session, tmp_path: Path) -> None:
    lock = Lock(
        "0", "x86_64-solo5-ocaml", "ocaml-5.3.0.tgz", REAL.releases["5.3.0"].sources[1].sha256, "12.2.0", "build",
        components={"solo5": Pin("solo5-v0.12.1.tar.gz", "3" * 64)},
        patches={patch.name: patch.sha256 for patch in own_patches(here.check(Preset(UNIKERNEL)).resolved)},
    )  # fmt: skip
    plan = here.plan(here.check(Preset(UNIKERNEL, lock=lock), tmp_path / "prefix"))
    (source,) = fetch_of(plan, "solo5").sources
    assert (source.sha256, source.address) == ("3" * 64, REAL.components["solo5"].sources[0].address)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("word", ["solo6=/x", "solo5", "solo5="])
def test_a_source_without_a_name_or_a_path_is_refused(ocw: Ocw, word: str) -> None:
    ended = ocw("check", "--target", "x86_64-solo5", "--source", word)
    assert ended.code == 3
    assert "needs NAME=PATH" in ended.err


def test_a_path_where_nothing_lies_is_missing(ocw: Ocw, tmp_path: Path) -> None:
    ended = ocw("check", "--target", "x86_64-solo5", "--source", f"solo5={tmp_path}/nothing")
    assert "source-absent" in ended.out
    assert ended.code == 5


def test_a_source_that_nobody_may_read_is_called_unpinned(
    here: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan refuses to read it; the check before says what holds: nothing vouches for it."""
    archive = tmp_path / "solo5.tar.gz"
    archive.write_bytes(b"x")

    def denied(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("wizard.check.own_sources._digest", denied)
    checked = here.check(Preset(msgspec.structs.replace(UNIKERNEL, sources=(f"solo5={archive}",))), tmp_path)
    assert "source-unpinned" in {finding.code for finding in checked.findings}


def test_a_source_that_the_target_has_no_use_for_is_refused(ocw: Ocw, tree: Path) -> None:
    ended = ocw("check", "--target", "aarch64-linux", "--source", f"solo5={tree}")
    assert "source-unused" in ended.out
    assert "fix: leave it out" in ended.out
    assert ended.code == 4


# ---------------------------------------------------------------- archives with a sha512


def test_an_archive_is_known_by_its_sha512(tmp_path: Path) -> None:
    data = b"an archive"
    source = Source(
        "official", "a.tar.gz", sha512=hashlib.sha512(data).hexdigest(), address="https://nowhere.invalid"
    )
    local = tmp_path / "archives"
    local.mkdir()
    (local / source.file).write_bytes(data)
    found = find_in_folders((source,), cache=tmp_path, local=local)
    assert found is not None
    assert found.sha256 == sha256_of(local / source.file)
    (local / source.file).write_bytes(data + b"more")
    with pytest.raises(MissingError, match="sha512"):
        find_in_folders((source,), cache=tmp_path, local=local)


def test_to_go_without_an_own_source_is_named_as_what_it_is(here: Session, tree: Path) -> None:
    resolved = here.check_selection(msgspec.structs.replace(UNIKERNEL, sources=(f"solo5={tree}",))).resolved
    assert words(resolved, msgspec.structs.replace(resolved.selection, sources=())) == "take solo5 as published"


def test_an_own_source_that_cannot_be_read_is_vouched_for_by_nothing(
    here: Session, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_args: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("wizard.check.own_sources._vouched", denied)
    checked = here.check_selection(msgspec.structs.replace(UNIKERNEL, sources=(f"solo5={tree}",)))
    assert "source-unpinned" in [finding.code for finding in checked.findings]
