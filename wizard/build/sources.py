"""Finds a source archive: local folder, cache, official address, npm, Debian; its digest decides."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from wizard.catalogue.model import Source
from wizard.digest import sha256_of
from wizard.errors import MissingError, PlaceError, WizardError

Progress = Callable[[str, int, int], None]
"""Called with file name, bytes so far and bytes in all (0 where unknown)."""

CLIENT_SECONDS = 300
CHUNK = 1 << 16


class FoundSource(msgspec.Struct, frozen=True):
    """The archive that was used: its kind and name, its digest, and where it lies."""

    kind: str
    file: str
    sha256: str
    path: str


class _Attempt(Exception):  # noqa: N818 - an attempt that failed is no error yet
    """One place did not give the source; the next may."""


def find_source(
    name: str,
    sources: tuple[Source, ...],
    *,
    cache: Path,
    local: Path | None,
    offline: bool,
    progress: Progress,
) -> FoundSource:
    """The first of `sources` that can be had, checked, in `cache` (or in the folder `local`, read only).

    Raises MissingError, its text naming every place that was tried and what it said; a
    wrong digest in `local` ends the search at once, because the user put that file there.
    """
    for folder in (local, cache):
        found = _in_folder(sources, folder, complain=folder is local) if folder else None
        if found:
            return found
    tried = [f"no archive in the folder {local}" if local else "no local folder was given (--sources DIR)"]
    tried.append(f"not in the cache {cache}")
    if offline:
        tried.append("the network was not asked (--offline)")
    else:
        for source in sources:
            try:
                return _fetched(source, cache, progress)
            except _Attempt as failure:
                tried.append(f"{_place_of(source)}: {failure}")
    raise MissingError(
        "source-not-found",
        f"the source of {name} could not be had",
        "; ".join(tried),
        "put one of these files into a folder and name it with --sources DIR: "
        + ", ".join(f"{source.file} (sha256 {source.sha256})" for source in sources),
    )


def _place_of(source: Source) -> str:
    return source.address or (f"{source.kind} package {source.package}" if source.package else source.file)


def _in_folder(sources: tuple[Source, ...], folder: Path, *, complain: bool) -> FoundSource | None:
    """The archive of that name and digest in `folder`. `complain`: a wrong digest is an error there."""
    for source in sources:
        path = folder / source.file
        if not path.is_file():
            continue
        digest = sha256_of(path)
        if digest == source.sha256:
            return FoundSource(source.kind, source.file, digest, str(path))
        if complain:
            raise wrong_digest(str(path), source, digest)
        path.unlink()
    return None


def wrong_digest(what: str, source: Source, found: str) -> MissingError:
    """The error for an archive that is not the one the catalogue means."""
    return MissingError(
        "digest-wrong",
        f"{what} is not {source.file}: its sha256 is {found}",
        f"expected sha256 {source.sha256}; the file is truncated, changed, or another one",
        "remove it, or replace it by the right file",
    )


def _fetched(source: Source, cache: Path, progress: Progress) -> FoundSource:
    """Fetch one source into the cache, where it appears only with the right digest."""
    with _scratch(cache) as scratch:
        fetch = {"official": _from_address, "npm": _from_npm, "debian": _from_debian, "pinned": _from_nowhere}[
            source.kind
        ]
        path = fetch(source, scratch, progress)
        digest = sha256_of(path)
        if digest != source.sha256:
            raise _Attempt(f"what came has sha256 {digest}, not {source.sha256}")
        target = cache / source.file
        path.replace(target)
        return FoundSource(source.kind, source.file, digest, str(target))


@contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".fetch-", dir=cache))
    except OSError as error:
        raise PlaceError("cache-not-writable", f"{cache} cannot be written", str(error)) from None
    try:
        yield folder
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise _Attempt(str(error)) from None
        raise PlaceError("cache-not-writable", f"{cache} cannot be written", str(error)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _from_address(source: Source, folder: Path, progress: Progress) -> Path:
    import httpx

    path = folder / source.file
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=httpx.Timeout(30, connect=10)) as client,
            client.stream("GET", source.address) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            total = int(answer.headers.get("content-length", 0))
            got = 0
            for chunk in answer.iter_raw(CHUNK):
                file.write(chunk)
                got += len(chunk)
                progress(source.file, got, total)
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError) as error:  # also: a proxy nobody can use
        raise _Attempt(str(error) or type(error).__name__) from None
    return path


def _from_nowhere(_source: Source, _folder: Path, _progress: Progress) -> Path:
    raise _Attempt("the lock file pins it, and the catalogue knows no place that has it")


def _from_npm(source: Source, folder: Path, progress: Progress) -> Path:
    output = _client(["npm", "pack", source.package, "--json", "--silent"], folder, progress)
    try:
        name = str(json.loads(output)[0]["filename"])
    except (ValueError, LookupError, TypeError):
        raise _Attempt("npm pack gave no file name") from None
    path = folder / Path(name.replace("/", "-").removeprefix("@")).name
    if not path.is_file():
        raise _Attempt(f"npm pack wrote no {path.name}")
    return path


def _from_debian(source: Source, folder: Path, progress: Progress) -> Path:
    """The source package of another suite, through a private sources list: nothing of the system is touched."""
    site = _debian_site(folder, progress)
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "archives" / "partial").mkdir(parents=True)
    listing = folder / "sources.list"
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    signed = f"[signed-by={keyring}] " if Path(keyring).exists() else ""
    listing.write_text(f"deb-src {signed}{site} {source.suite} main\n", encoding="utf-8")
    options = [
        f"Dir::Etc::sourcelist={listing}",
        "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={folder / 'lists'}",
        f"Dir::Cache={folder}",
        f"Dir::Cache::archives={folder / 'archives'}",
        "APT::Sandbox::User=" if os.geteuid() == 0 else "APT::Get::AllowUnauthenticated=false",
    ]
    apt = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
    _client([*apt, "update"], folder, progress)
    # The .dsc of a suite that moves on may be gone already; the archive with its digest is what counts.
    _client([*apt, "source", "--download-only", "--only-source", source.package], folder, progress, may_fail=True)
    path = folder / source.file
    if not path.is_file():
        raise _Attempt(f"{source.suite} has no {source.file} (any more)")
    return path


def _debian_site(folder: Path, progress: Progress) -> str:
    output = _client(
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(CODENAME)"], folder, progress
    )
    for line in output.splitlines():
        origin, _, rest = line.partition(" ")
        uri = rest.split(" ")[0]
        if origin == "Debian" and "security" not in uri:
            return uri
    raise _Attempt("this system has no Debian package source")


def _client(argv: list[str], folder: Path, progress: Progress, *, may_fail: bool = False) -> str:
    """Run a package client in `folder`; its output. Raises _Attempt where it is absent or fails.

    `progress` is called while it runs, so that a cancelled build does not wait for it.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise _Attempt(f"{argv[0]} is not installed")
    deadline = time.monotonic() + CLIENT_SECONDS
    with subprocess.Popen(
        [program, *argv[1:]], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, errors="replace",
    ) as client:  # fmt: skip
        while True:
            try:
                output, complaint = client.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    client.kill()
                    raise _Attempt(f"{argv[0]} gave no answer in {CLIENT_SECONDS} s") from None
                try:
                    progress(argv[0], 0, 0)
                except WizardError:
                    client.terminate()
                    raise
    if client.returncode != 0 and not may_fail:
        lines = [line for line in (complaint + output).splitlines() if line.strip()]
        said = next((line for line in lines if "error" in line.lower() or line.startswith("E:")), "")
        raise _Attempt(f"{argv[0]} failed: {said or (lines[-1] if lines else client.returncode)}")
    return output
