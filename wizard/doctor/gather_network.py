"""Asks every place of a source whether it is there: addresses by their head, packages by their own clients."""

from __future__ import annotations

import email.utils
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from wizard.catalogue.model import Source
from wizard.doctor.checks_network import PROBE_SECONDS
from wizard.doctor.facts import Archive, Network, Probe, Proxy
from wizard.doctor.gather_tools import each
from wizard.fetch.attempts import AttemptError, Patience
from wizard.fetch.clients import Client, debian_site
from wizard.fetch.finder import local_copy, origin_of
from wizard.steps.sources import Needed

_APT_HELPER = "/usr/lib/apt/apt-helper"
_PROXIES = ("http", "https", "all")
_SCHEMES = ("http", "https", "socks5", "socks5h")
_PATIENCE = Patience(connect=PROBE_SECONDS, stall=PROBE_SECONDS, tries=1, client=PROBE_SECONDS)


def archives(needed: tuple[Needed, ...], cache: Path, local: Path | None) -> tuple[Archive, ...]:
    """What a build needs, as it lies in the user's folder or in the cache."""
    found = []
    for need in needed:
        lies = [local_copy(source, folder) for folder in (local, cache) if folder for source in need.sources]
        here = next((str(lie.path) for lie in lies if lie.state == "present"), "")
        wrong = next((str(lie.path) for lie in lies if lie.state == "wrong"), "")
        found.append(Archive(need.name, here, wrong))
    return tuple(found)


def proxies(environ: Mapping[str, str]) -> tuple[Proxy, ...]:
    """The proxies of the environment, and those that cannot be read."""
    found = []
    for scheme in _PROXIES:
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            value = environ.get(name, "")
            if value:
                found.append(_proxy(name, value))
    return tuple(found)


def _proxy(name: str, value: str) -> Proxy:
    whole = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:  # its text may hold a part of a password
        return Proxy(name, "…", "it is no address")
    host = parts.hostname or ""
    shown = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if parts.scheme not in _SCHEMES:
        return Proxy(name, shown, f"{parts.scheme} is no kind of proxy (known are {', '.join(_SCHEMES)})")
    return Proxy(name, shown, "" if host else "it names no host")


def network(needed: tuple[Needed, ...]) -> Network:
    """Ask every place of every source, all at the same time."""
    places: dict[tuple[str, str], list[tuple[str, Source]]] = {}
    for need in needed:
        for source in need.sources:
            if source.kind in _WAYS:
                key = source.address or f"{source.package} {source.suite}"
                places.setdefault((source.kind, key), []).append((need.name, source))

    def look(named: list[tuple[str, Source]]) -> Probe:
        source = named[0][1]
        begin = time.monotonic()
        reached, said, ahead = _WAYS[source.kind](source)
        late = not reached and time.monotonic() - begin >= PROBE_SECONDS
        place = source.address or origin_of(source).removeprefix(f"{source.kind} package ")
        if source.suite:
            place = f"{source.package} of {source.suite}"
        return Probe(source.kind, place, reached, said, tuple(dict.fromkeys(n for n, _ in named)), ahead, late)

    return Network(tuple(each(look, places.values())))


Heard = tuple[bool, str, float | None]
"""Whether a place answered, what it said else, and by how many seconds its clock is ahead."""


def _address(source: Source) -> Heard:
    import httpx

    try:
        with httpx.Client(follow_redirects=True, timeout=PROBE_SECONDS) as client:
            answer = client.head(source.address)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        return False, _words(error), None
    date = email.utils.parsedate_tz(answer.headers.get("date", ""))
    ahead = email.utils.mktime_tz(date) - time.time() if date else None
    # Some servers refuse HEAD and give the file all the same.
    reached = answer.is_success or answer.status_code == httpx.codes.METHOD_NOT_ALLOWED
    return reached, "" if reached else f"it answers {answer.status_code} {answer.reason_phrase}", ahead


def _words(error: Exception) -> str:
    import httpx

    from wizard.fetch.download import masked

    if isinstance(error, httpx.TimeoutException):
        return f"no answer in {PROBE_SECONDS:.0f} s"
    said = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip()) or type(error).__name__
    return masked(said)[:200]


def _npm(source: Source) -> Heard:
    def ask(client: Client, folder: Path) -> None:
        # Cache and logs go where they are removed with the folder.
        quiet = ("--fetch-retries=0", "--no-update-notifier", "--logs-max=0", "--cache", str(folder / "cache"))
        client.run("view", source.package, "version", *quiet)

    return _by_client(source, "npm", ask)


def _debian(source: Source) -> Heard:
    def ask(client: Client, folder: Path) -> None:
        site = debian_site(client)
        helper = Client(_APT_HELPER, source, folder, _silent, _PATIENCE)
        options = ["-o", "APT::Sandbox::User="] if os.geteuid() == 0 else []
        target = folder / "Release"
        helper.run(*options, "download-file", f"{site.rstrip('/')}/dists/{source.suite}/Release", str(target))

    return _by_client(source, "apt-get", ask)


def _by_client(source: Source, program: str, ask: Callable[[Client, Path], object]) -> Heard:
    with tempfile.TemporaryDirectory(prefix="ocw-doctor-", ignore_cleanup_errors=True) as folder:
        client = Client(program, source, Path(folder), _silent, _PATIENCE)
        try:
            ask(client, Path(folder))
        except AttemptError as error:
            return False, str(error)[:200], None
    return True, "", None


def _silent(_file: str, _got: int, _total: int, _note: str = "", /) -> None:
    return


_WAYS: dict[str, Callable[[Source], Heard]] = {"official": _address, "npm": _npm, "debian": _debian}
