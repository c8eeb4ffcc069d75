"""The commands `sources` and `fetch`: what they say, what they leave, and that a plan needs just that."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.commands import Ocw
from tests.support.fakes import REAL
from tests.support.plans import RELEASES, found, ocaml_for
from tests.support.web import PROXIES, QUICK, Web, refuses, sends, serves
from wizard.catalogue.model import Catalogue, Source
from wizard.catalogue.presets import Lock, Pin, Preset
from wizard.catalogue.selection import Selection
from wizard.check.resolved import resolve
from wizard.fetch import attempts
from wizard.fetch.finder import PART, PARTS
from wizard.plan.make import make_plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.sources import needed_sources

PRESET = "aarch64-linux-musl"
WINDOWS = ("--target", "x86_64-windows", "--release", "5.4.1")
DATA, OTHER, FLEXDLL = (word * 30_000 for word in (b"the release ", b"the package ", b"flexdll "))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Shelf:
    """A catalogue whose archives come from a server on this machine, and where they go."""

    def __init__(self, web: Web, cache: Path) -> None:
        self.web, self.cache = web, cache
        self.release = (
            Source("official", "ocaml-9.tar.gz", sha(DATA), address=f"{web.address}/ocaml-9.tar.gz"),
            Source("npm", "ocaml-9.tgz", sha(OTHER), package="ocaml@9"),
        )
        self.flexdll = (
            Source("official", "flexdll.tar.gz", sha(FLEXDLL), address=f"{web.address}/flexdll.tar.gz"),
        )

    def catalogue(self) -> Catalogue:
        return msgspec.structs.replace(
            REAL,
            releases={
                id_: msgspec.structs.replace(release, sources=self.release)
                for id_, release in REAL.releases.items()
            },
            components={
                id_: msgspec.structs.replace(component, sources=self.flexdll)
                for id_, component in REAL.components.items()
            },
        )


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(attempts, "PATIENCE", QUICK)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("npm", "apt-get"):
        (tools / name).write_text("#!/bin/sh\necho 'error: no network' >&2; exit 1\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    web = Web(refuses(404, "not told yet"))
    made = Shelf(web, tmp_path / "ocw" / "cache" / "sources")
    monkeypatch.setattr("wizard.session.session.catalogue", made.catalogue)
    yield made
    web.close()


def archives(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.exists() else []


# ---------------------------------------------------------------- sources


def test_sources_lists_every_place_in_order_with_its_digest(ocw: Ocw) -> None:
    ended = ocw("sources", PRESET)
    assert (ended.code, ended.err) == (0, "")
    release = REAL.releases["5.3.0"]
    lines = [line for line in ended.out.splitlines() if " no" in line]
    for line, source in zip(lines, release.sources, strict=True):
        assert source.kind in line
        assert (source.address or source.package) in line
    for source in release.sources:
        assert f"{source.file.ljust(23)}  {source.sha256}" in ended.out
    assert "ziglang==" in ended.out
    assert "OCaml 5.3.0    missing" in ended.out


def test_sources_writes_nothing(ocw: Ocw, tmp_path: Path) -> None:
    ocw("sources", PRESET)
    assert not (tmp_path / "ocw").exists()


def test_sources_names_the_components_and_the_c_toolchain_of_the_system(ocw: Ocw) -> None:
    data = json.loads(ocw("sources", *WINDOWS, "--json").out)
    assert [one["name"] for one in data] == ["OCaml 5.4.1", "flexdll 0.44", "GNU gcc for x86_64-w64-mingw32"]
    assert data[1]["offers"][0]["sha256"] == REAL.components["flexdll"].sources[0].sha256
    assert data[2]["offers"][0]["place"] == "gcc-mingw-w64-x86-64-posix"


def test_sources_says_what_is_present_and_where(ocw: Ocw, shelf: Shelf, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    shelf.cache.mkdir(parents=True)
    (shelf.cache / "ocaml-9.tar.gz").write_bytes(DATA)

    def release(*words: str | Path) -> tuple[bool, str, list[str]]:
        one = json.loads(ocw("sources", PRESET, "--json", *words).out)[0]
        return one["present"], one["path"], [offer["state"] for offer in one["offers"]]

    assert release() == (True, str(shelf.cache / "ocaml-9.tar.gz"), ["present", "absent"])
    (mine / "ocaml-9.tgz").write_bytes(OTHER)
    assert release("--sources", mine) == (True, str(mine / "ocaml-9.tgz"), ["present", "present"])
    (mine / "ocaml-9.tgz").write_bytes(b"other")
    assert release("--sources", mine) == (
        True, str(shelf.cache / "ocaml-9.tar.gz"), ["present", "wrong"],
    )  # fmt: skip
    assert "WRONG DIGEST" in ocw("sources", PRESET, "--sources", mine).out
    (shelf.cache / "ocaml-9.tar.gz").write_bytes(b"other")
    assert release() == (False, "", ["wrong", "absent"])
    assert shelf.web.asked == []


def test_sources_offline_leaves_with_5_where_something_is_missing(ocw: Ocw, shelf: Shelf) -> None:
    assert ocw("sources", PRESET).code == 0
    assert ocw("sources", PRESET, "--offline").code == 5
    shelf.cache.mkdir(parents=True)
    (shelf.cache / "ocaml-9.tar.gz").write_bytes(DATA)
    assert ocw("sources", PRESET, "--offline").code == 0


@pytest.mark.parametrize("command", ["sources", "fetch"])
def test_a_selection_that_cannot_be_built_here_may_be_for_another_machine(
    command: str, ocw: Ocw, shelf: Shelf
) -> None:
    shelf.web.answers = [serves(DATA)]
    ended = ocw(command, "--target", "armv7", "--release", "5.3.0")
    assert ended.code == 0
    assert "error[word-size]" in ended.err


@pytest.mark.parametrize("command", ["sources", "fetch"])
@pytest.mark.parametrize(
    ("words", "code"), [([], 2), (["nonsense"], 3), ([PRESET, "--sources", "/no/such/folder"], 2)], ids=str
)
def test_what_cannot_be_understood_is_one_error(command: str, words: list[str], code: int, ocw: Ocw) -> None:
    ended = ocw(command, *words)
    assert (ended.code, ended.out) == (code, "")


# ---------------------------------------------------------------- fetch


def test_fetch_brings_everything_into_the_cache_and_says_where(ocw: Ocw, shelf: Shelf) -> None:
    shelf.web.answers = [serves(DATA), serves(FLEXDLL)]
    ended = ocw("fetch", *WINDOWS)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"OCaml 5.4.1: {shelf.cache / 'ocaml-9.tar.gz'}",
        f"flexdll 0.44: {shelf.cache / 'flexdll.tar.gz'}",
    ]
    assert archives(shelf.cache) == ["flexdll.tar.gz", "ocaml-9.tar.gz"]
    assert all(load["present"] for load in json.loads(ocw("sources", *WINDOWS, "--json").out)[:2])


def test_fetch_again_asks_nobody(ocw: Ocw, shelf: Shelf) -> None:
    shelf.web.answers = [serves(DATA)]
    first = ocw("fetch", PRESET)
    assert ocw("fetch", PRESET) == first
    assert ocw("fetch", PRESET, "--offline") == first
    assert len(shelf.web.asked) == 1


def test_fetch_into_a_folder_is_what_a_build_takes_there(ocw: Ocw, shelf: Shelf, tmp_path: Path) -> None:
    stick = tmp_path / "my stick" / "archives"
    shelf.web.answers = [serves(DATA), serves(FLEXDLL)]
    ended = ocw("fetch", *WINDOWS, "--into", stick)
    assert ended.code == 0
    assert archives(stick) == ["flexdll.tar.gz", "ocaml-9.tar.gz"]
    assert (stick / "ocaml-9.tar.gz").read_bytes() == DATA
    assert f"--sources '{stick}' --offline" in ended.out
    assert ocw("fetch", *WINDOWS, "--into", stick) == ended
    assert len(shelf.web.asked) == 2
    shutil.rmtree(shelf.cache)
    data = json.loads(ocw("sources", *WINDOWS, "--sources", stick, "--json").out)
    assert [one["path"] for one in data[:2]] == [str(stick / "ocaml-9.tar.gz"), str(stick / "flexdll.tar.gz")]


def test_fetch_into_takes_what_the_sources_folder_has(ocw: Ocw, shelf: Shelf, tmp_path: Path) -> None:
    mine, stick = tmp_path / "mine", tmp_path / "stick"
    mine.mkdir()
    (mine / "ocaml-9.tgz").write_bytes(OTHER)
    assert ocw("fetch", PRESET, "--sources", mine, "--into", stick, "--offline").code == 0
    assert archives(stick) == ["ocaml-9.tgz"]
    assert not shelf.cache.exists()


def test_fetch_does_not_write_over_a_file_of_the_users(ocw: Ocw, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "ocaml-9.tar.gz").write_bytes(b"mine")
    shelf.web.answers = [serves(DATA)]
    ended = ocw("fetch", PRESET, "--into", tmp_path)
    assert ended.code == 5
    assert "error[digest-wrong]" in ended.err
    assert (tmp_path / "ocaml-9.tar.gz").read_bytes() == b"mine"


@pytest.mark.parametrize("place", ["/proc/x", "/dev/full/x"])
def test_a_folder_that_takes_nothing_leaves_with_8(place: str, ocw: Ocw, shelf: Shelf) -> None:
    shelf.web.answers = [serves(DATA)]
    ended = ocw("fetch", PRESET, "--into", place)
    assert ended.code == 8
    assert "error[source-not-copied]" in ended.err


def test_a_copy_that_fails_leaves_nothing(
    ocw: Ocw, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    shelf.web.answers = [serves(DATA)]
    monkeypatch.setattr("wizard.base.files.os.fsync", full)
    ended = ocw("fetch", PRESET, "--into", tmp_path / "stick")
    assert ended.code == 8
    assert "No space left" in ended.err
    assert list((tmp_path / "stick").iterdir()) == []


def test_a_download_that_breaks_off_is_said_and_the_command_goes_on(ocw: Ocw, shelf: Shelf) -> None:
    shelf.web.answers = [serves(DATA, upto=100_000), refuses(404, "gone")]
    ended = ocw("fetch", PRESET)
    assert ended.code == 5
    assert "error[source-not-reached]" in ended.err
    assert "ocaml-9.tar.gz: next try in 1 s: the connection broke off" in ended.err
    assert (shelf.cache / PARTS / sha(DATA) / PART).stat().st_size == 100_000
    shelf.web.answers = [serves(DATA)]
    assert ocw("fetch", PRESET).code == 0
    assert shelf.web.headers[-1]["range"] == "bytes=100000-"


def test_an_interrupted_fetch_says_that_it_can_go_on(
    ocw: Ocw, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    del shelf
    monkeypatch.setattr("wizard.builder.needs.find_source", interrupted)
    ended = ocw("fetch", PRESET)
    assert ended.code == 130
    assert "continues" in ended.err


def test_on_a_terminal_a_line_shows_how_far_it_is_and_goes_away(
    ocw: Ocw, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr("wizard.faces.cli.commands.fetch.SHOWN_SECONDS", 0.0)
    shelf.web.answers = [serves(DATA, upto=100_000), serves(DATA)]
    ended = ocw("fetch", PRESET)
    for words in ("ocaml-9.tar.gz: 0.1 of 0.4 MB", "next try in 1 s", "ocaml-9.tar.gz: 0.4 of 0.4 MB, resumed"):
        assert words in ended.out
    path = shelf.cache / "ocaml-9.tar.gz"
    assert ended.out.endswith(f" \rOCaml 5.3.0: {path}\n")
    assert ended.err == ""


def test_fetch_as_json_is_json_alone(ocw: Ocw, shelf: Shelf) -> None:
    shelf.web.answers = [refuses(503, "later"), sends(DATA)]
    (one,) = json.loads(ocw("fetch", PRESET, "--json").out)
    path = str(shelf.cache / "ocaml-9.tar.gz")
    assert one == {
        "name": "OCaml 5.3.0", "kind": "official", "file": "ocaml-9.tar.gz", "sha256": sha(DATA), "path": path,
        "unpinned": False,
    }  # fmt: skip


# ---------------------------------------------------------------- what a plan needs


def locks() -> list[Lock | None]:
    """No lock file, one that pins a package, one that pins what nobody has."""
    pinned = REAL.releases["5.3.0"].sources[1]
    return [
        None,
        Lock("0.1.0", "aarch64-linux-musl", pinned.file, pinned.sha256, "0.17.0", "build"),
        Lock("0.1.0", "aarch64-linux-musl", "x.tgz", "a" * 64, "0.17.0", "build", {}, {"x": Pin("y", "b" * 64)}),
    ]


@pytest.mark.parametrize("lock", locks(), ids=["no lock", "pinned", "unknown"])
@pytest.mark.parametrize("on_path", [False, True], ids=["host built", "host on PATH"])
@pytest.mark.parametrize("target", ["aarch64-linux", "x86_64-windows"])
def test_what_is_needed_is_what_the_plans_fetch(
    target: str, on_path: bool, lock: Lock | None, session: Session, tmp_path: Path
) -> None:
    """Each fetch of the plan is served by any archive of one need, and each need serves a fetch."""
    windows = target == "x86_64-windows"
    name = "x86_64-w64-mingw32"
    for release in RELEASES if lock is None else [REAL.releases["5.3.0"]]:
        if windows and not release.windows:
            continue
        here = msgspec.structs.replace(session.build_machine, ocaml=ocaml_for(release) if on_path else None)
        chosen = Selection(target=target, libc="musl", release=release.id, toolchain="zig")
        if windows:
            chosen = msgspec.structs.replace(chosen, libc="mingw-w64", toolchain="gcc")
            here = msgspec.structs.replace(here, compilers={name: f"/usr/bin/{name}-gcc"})
        resolved = resolve(chosen, REAL, here)
        needed = needed_sources(resolved, lock)
        plan = make_plan(Preset(chosen, lock=lock), resolved, session.folders, tmp_path / "p")
        fetches = [action for action in found(plan, a.FetchSource) if isinstance(action, a.FetchSource)]
        assert len(fetches) >= len(needed)
        for fetch in fetches:
            assert any(set(one.sources) <= set(fetch.sources) for one in needed), fetch
        for one in needed:
            assert any(set(one.sources) <= set(fetch.sources) for fetch in fetches), one
