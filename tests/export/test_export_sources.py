"""Sources, patches and zig in an exported script: where they are looked for, and what is made of them."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import msgspec
import pytest

from tests.support.exported import BUILD, ZIG, Exported, archive, in_build, small_plan, stage, wheel, zig_action
from tests.support.trees import AFTER, BEFORE, DIFF, names, tree
from wizard.builder.execute import Executor
from wizard.builds.journal import Journal
from wizard.catalogue.model import Source
from wizard.export.relocation import WORK
from wizard.fetch.finder import FoundSource
from wizard.machine.processes import Stop
from wizard.steps import actions as a

# ---------------------------------------------------------------- sources

DATA = b"an archive"
SHA = hashlib.sha256(DATA).hexdigest()
OFFICIAL = Source("official", "o.tar.gz", SHA, address="https://example.org/o.tar.gz")
NPM = Source("npm", "o.tgz", SHA, package="o@1")
DEBIAN = Source("debian", "o.orig.tar.xz", SHA, package="o", suite="sid")
FETCH = a.FetchSource("OCaml", (OFFICIAL, NPM, DEBIAN), in_build("source.json"))
CURL = '#!/bin/sh\necho "$@" >>"${0%/*}/asked"\n[ -f "${0%/*}/data" ] || exit 22\ncp "${0%/*}/data" "$5"\n'
NPM_CLIENT = '#!/bin/sh\necho "npm $@" >>"${0%/*}/asked"\ncp "${0%/*}/packed" o-1.tgz && echo o-1.tgz\n'


def taken(exported: Exported) -> list[str]:
    return (exported.build / "source.json").read_text().splitlines()


def test_the_local_folder_comes_first(exported: Exported) -> None:
    folder = exported.root / "my sources"
    folder.mkdir()
    (folder / "o.tgz").write_bytes(DATA)
    exported.tool("curl", CURL)
    assert exported.does(FETCH, OCW_SOURCES=str(folder)).returncode == 0
    assert taken(exported) == [f"{SHA} o.tgz", str(folder / "o.tgz")]
    assert not (exported.bin / "asked").exists()


def test_the_local_folder_may_be_named_from_where_one_is(once: Exported) -> None:
    source = archive(once.root / "o.tar.gz", {"top/a": b"1"})
    fetch = a.FetchSource("OCaml", (source,), in_build("source.json"))
    assert once.does(fetch, a.UnpackSource(fetch.record, in_build("tree")), OCW_SOURCES=".").returncode == 0
    assert names(once.build / "tree") == ["a"]


def test_a_folder_of_the_source_is_left_out(once: Exported) -> None:
    source = archive(once.root / "o.tar.gz", {"top/a": b"1", "top/tests/b": b"1", "top/tests/c/d": b"1"})
    fetch = a.FetchSource("OCaml", (source,), in_build("source.json"))
    unpack = a.UnpackSource(fetch.record, in_build("tree"), "tests")
    assert once.does(fetch, unpack, OCW_SOURCES=str(once.root)).returncode == 0
    assert names(once.build / "tree") in (["a"], ["a", "tests"])


def test_a_wrong_archive_in_the_local_folder_ends_the_search(once: Exported) -> None:
    (once.root / "o.tar.gz").write_bytes(b"other")
    ended = once.does(FETCH, OCW_SOURCES=str(once.root))
    assert ended.returncode == 5
    assert SHA in ended.stderr
    assert (once.root / "o.tar.gz").exists()


def test_what_was_fetched_is_kept_and_not_fetched_again(exported: Exported) -> None:
    exported.tool("curl", CURL)
    (exported.bin / "data").write_bytes(DATA)
    assert exported.does(FETCH).returncode == 0
    cached = exported.work / "cache" / "sources" / "o.tar.gz"
    assert taken(exported) == [f"{SHA} o.tar.gz", str(cached)]
    (exported.bin / "data").unlink()
    again = a.FetchSource("OCaml", (OFFICIAL,), in_build("again.json"))
    assert exported.does(again).returncode == 0
    assert cached.read_bytes() == DATA


def test_a_download_that_is_another_file_is_not_taken_and_the_next_place_is_asked(exported: Exported) -> None:
    exported.tool("curl", CURL)
    exported.tool("npm", NPM_CLIENT)
    (exported.bin / "data").write_bytes(b"other")
    (exported.bin / "packed").write_bytes(DATA)
    assert exported.does(FETCH).returncode == 0
    assert taken(exported)[0] == f"{SHA} o.tgz"
    assert not (exported.work / "cache" / "sources" / "o.tar.gz").exists()


def test_without_curl_wget_is_asked(once: Exported) -> None:
    once.tool("wget", CURL.replace('"$5"', '"$3"'))
    (once.bin / "data").write_bytes(DATA)
    assert once.does(FETCH).returncode == 0
    assert taken(once)[0] == f"{SHA} o.tar.gz"


def test_a_damaged_file_in_the_cache_is_fetched_again(once: Exported) -> None:
    once.tool("curl", CURL)
    (once.bin / "data").write_bytes(DATA)
    cached = once.work / "cache" / "sources" / "o.tar.gz"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(DATA[:-1])
    assert once.does(FETCH).returncode == 0
    assert cached.read_bytes() == DATA


@pytest.mark.parametrize("offline", ["yes", "no"])
def test_a_source_that_cannot_be_had_says_where_it_was_looked_for_and_what_to_do(
    offline: str, once: Exported
) -> None:
    once.tool("curl", CURL)
    ended = once.does(FETCH, OCW_OFFLINE=offline)
    assert ended.returncode == 5
    for source in (OFFICIAL, NPM, DEBIAN):
        assert f"{source.file} (sha256 {SHA})" in ended.stderr
    assert "OCW_SOURCES" in ended.stderr
    assert (once.bin / "asked").exists() is (offline == "no")
    assert ("OCW_OFFLINE" in ended.stderr) is (offline == "yes")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"top/a": b"1", "top/.b/c": b"2"}, [".b", ".b/c", "a"]),
        ({"top/a": b"1", "other/b": b"2"}, ["other", "other/b", "top", "top/a"]),
    ],
)
def test_an_archive_is_unpacked_without_its_one_top_folder(
    files: dict[str, bytes], expected: list[str], exported: Exported
) -> None:
    source = archive(exported.root / "o.tar.gz", files)
    fetch = a.FetchSource("OCaml", (source,), in_build("source.json"))
    (exported.build / "tree" / "old").mkdir(parents=True)
    ended = exported.does(fetch, a.UnpackSource(fetch.record, in_build("tree")), OCW_SOURCES=str(exported.root))
    assert ended.returncode == 0, ended.stderr
    assert names(exported.build / "tree") == expected
    assert not (exported.build / "tree.unpacking").exists()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (exported.build / "tree").rglob("*") if path.is_file()}
    assert modes == {0o755}


def test_an_archive_that_is_no_archive_says_so(once: Exported) -> None:
    (once.root / "o.tar.gz").write_bytes(DATA)
    fetch = a.FetchSource("OCaml", (OFFICIAL,), in_build("source.json"))
    ended = once.does(fetch, a.UnpackSource(fetch.record, in_build("tree")), OCW_SOURCES=str(once.root))
    assert ended.returncode == 5
    assert "cannot be unpacked" in ended.stderr


def test_a_source_that_went_away_since_is_fetched_again(once: Exported) -> None:
    source = archive(once.root / "o.tar.gz", {"top/a": b"1"})
    fetch = a.FetchSource("OCaml", (source,), in_build("source.json"))
    plan = small_plan("/x", stage("fetch", fetch), stage("unpack", a.UnpackSource(fetch.record, in_build("tree"))))
    broken = small_plan("/x", plan.stages[0], stage("unpack", a.Run(("false",), BUILD)))
    kept = once.root / "kept"
    kept.mkdir()
    (once.root / "o.tar.gz").rename(kept / "o.tar.gz")
    assert once.run(broken, OCW_SOURCES=str(kept)).returncode == 6
    (kept / "o.tar.gz").rename(once.root / "o.tar.gz")
    assert once.run(plan, OCW_SOURCES=str(once.root)).returncode == 0
    assert names(once.build / "tree") == ["a"]


# ---------------------------------------------------------------- patches

GIT = f"diff --git a/runtime/sys.c b/runtime/sys.c\nindex 1234567..89abcde 100644\n{DIFF}"
NEW = "--- /dev/null\n+++ b/runtime/new.c\n@@ -0,0 +1 @@\n+new\n"


@pytest.mark.parametrize(
    "text", [DIFF, GIT, DIFF + NEW, DIFF.replace("a/", "o-5.3.0/"), DIFF.replace("sys.c\n", "sys.c\t2024-01-01\n")]
)
def test_a_patch_that_fits_is_applied(text: str, exported: Exported) -> None:
    tree(exported.build / "tree")
    ended = exported.does(a.ApplyPatch("it's louder.patch", text, in_build("tree")))
    assert ended.returncode == 0, ended.stderr
    assert (exported.build / "tree/runtime/sys.c").read_bytes() == AFTER
    wanted = ["runtime", "runtime/new.c", "runtime/sys.c"] if NEW in text else ["runtime", "runtime/sys.c"]
    assert names(exported.build / "tree") == wanted


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (DIFF, b"something\nelse\n"),
        (DIFF, AFTER),
        (DIFF.replace("@@ -1,3 +1,3 @@\n one\n", "@@ -1,3 +1,3 @@\n zero\n"), BEFORE),
        ("just words\n", BEFORE),
        (DIFF.replace("+TWO", "+two"), BEFORE),
    ],
    ids=["elsewhere", "applied already", "with fuzz", "no patch", "the same again"],
)
def test_a_patch_that_does_not_fit_or_changes_nothing_fails(text: str, before: bytes, once: Exported) -> None:
    tree(once.build / "tree", {"runtime/sys.c": before})
    ended = once.does(a.ApplyPatch("louder.patch", text, in_build("tree")))
    assert ended.returncode == 6
    assert "louder.patch" in ended.stderr


# ---------------------------------------------------------------- zig


def test_zig_is_kept_in_the_work_folder(exported: Exported) -> None:
    source = wheel(exported.root / "wheel")
    assert exported.does(zig_action(source)).returncode == 0
    kept = exported.work / "kept/toolchains/zig-0.17.0"
    (source / "zig").unlink()
    assert names(kept) == ["lib", "zig"]
    assert (kept / "zig").read_text() == ZIG


def test_a_zig_that_is_named_is_used_where_it_is(once: Exported) -> None:
    zig = wheel(once.root / "my-zig")
    into = f"{WORK}/kept/toolchains/zig-0.17.0"
    write = a.WriteFile(in_build("wrapper"), f"zig={into}/zig\n", "for a test")
    assert once.does(zig_action(once.root / "gone"), write, OCW_ZIG=str(zig)).returncode == 0
    assert (once.build / "wrapper").read_text() == f"zig={zig}/zig\n"
    assert not (once.work / "kept").exists()


@pytest.mark.parametrize("what", ["absent", "another version"])
def test_without_the_right_zig_the_script_says_how_to_get_one(what: str, once: Exported) -> None:
    source = once.root / "zig"
    if what == "another version":
        wheel(source, ZIG.replace("0.17.0", "0.16.0"))
    ended = once.does(zig_action(source))
    assert ended.returncode == 5
    assert "OCW_ZIG" in ended.stderr
    assert "0.17.0" in ended.stderr


# ---------------------------------------------------------------- the lock file


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_lock_file_is_the_one_that_a_build_writes(number: int, once: Exported, tmp_path: Path) -> None:
    data = [b"first", b"second", b"third"]
    sources = tuple(
        msgspec.structs.replace(source, sha256=hashlib.sha256(text).hexdigest())
        for source, text in zip((OFFICIAL, NPM, DEBIAN), data, strict=True)
    )
    chosen = sources[number]
    (once.root / chosen.file).write_bytes(data[number])
    further = Source("official", "x-1.tar.gz", SHA, address="https://x")
    (once.root / "x-1.tar.gz").write_bytes(DATA)
    fetches = (
        a.FetchSource("OCaml", sources, in_build("s.json")),
        a.FetchSource("X", (further,), in_build("x.json")),
    )
    lock = a.WriteLock(in_build("a.lock.toml"), in_build("s.json"), {"x": in_build("x.json")})
    plan = small_plan("/x", stage("only", *fetches, lock))
    ended = once.run(plan, OCW_SOURCES=str(once.root))
    assert ended.returncode == 0, ended.stderr
    for name, source in (("s.json", chosen), ("x.json", further)):
        found = FoundSource(source.kind, source.file, source.sha256, "/x")
        (tmp_path / name).write_bytes(msgspec.json.encode(found))
    here = a.WriteLock(str(tmp_path / "b.lock.toml"), str(tmp_path / "s.json"), {"x": str(tmp_path / "x.json")})
    built = msgspec.structs.replace(plan, build_folder=str(tmp_path), environment=())
    executor = Executor(built, built.id, None, offline=True, journal=Journal(tmp_path), stop=Stop())
    executor.execute(here, plan.stages[0], tmp_path / "log")
    assert (once.build / "a.lock.toml").read_bytes() == (tmp_path / "b.lock.toml").read_bytes()
