"""An archive of a release, its places, and the search for it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.web import QUICK
from wizard.catalogue.model import Source
from wizard.fetch.finder import PART, PARTS, FoundSource, find_source

DATA = b"the archive of a release " * 20_000
SHA = hashlib.sha256(DATA).hexdigest()
OFFICIAL = Source(kind="official", file="ocaml-9.tar.gz", sha256=SHA, address="http://127.0.0.1:9/ocaml-9.tar.gz")
NPM = Source(kind="npm", file="ocaml-9.tgz", sha256=SHA, package="ocaml@9.0.0")
DEBIAN = Source(kind="debian", file="ocaml_9.orig.tar.xz", sha256=SHA, package="ocaml", suite="sid")

Seen = list[tuple[str, int, int, str]]


def find(
    *sources: Source, cache: Path, local: Path | None = None, offline: bool = False, seen: Seen | None = None
) -> FoundSource:
    def progress(file: str, got: int, total: int, note: str = "") -> None:
        if seen is not None:
            seen.append((file, got, total, note))

    return find_source(
        "OCaml 9", sources, cache=cache, local=local, offline=offline, progress=progress, patience=QUICK
    )


def client(folder: Path, name: str, script: str) -> None:
    """Make a package client of a shell script, in which $here is `folder`."""
    (folder / name).write_text(f"#!/bin/sh\nhere='{folder}'\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def hide_clients(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for fake package clients, first on PATH; the real ones are hidden."""
    folder.mkdir()
    (folder / "archive").write_bytes(DATA)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    for name in ("npm", "apt-get"):
        client(folder, name, "echo 'this client is not set up' >&2; exit 1")
    return folder


def files(folder: Path) -> list[str]:
    """What is in a cache, but for the locks of what was fetched."""
    return sorted(names(folder, but=".lock")) if folder.exists() else []


def names(folder: Path, but: str) -> list[str]:
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(but)]
    return [str(path.relative_to(folder)) for path in found]


def kept(cache: Path, source: Source) -> Path:
    """Where the part of a download that broke off is."""
    return cache / PARTS / source.sha256 / PART
