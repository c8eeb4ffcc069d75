"""Fetches sources with package clients, npm and apt-get, which change nothing of the system."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from wizard.catalogue.model import Source
from wizard.fetch.attempts import AttemptError, OnProgress, Patience

GRACE_SECONDS = 3.0


class Client:
    """Runs one package client for one source, in an empty folder, with this process's environment.

    So the client sees the same proxy as the wizard. Its messages are in English, because they are read.
    """

    def __init__(
        self, program: str, source: Source, folder: Path, progress: OnProgress, patience: Patience
    ) -> None:
        self._program, self._folder, self._patience = program, folder, patience
        self._tick: Callable[[], None] = lambda: progress(source.file, 0, 0, f"asking {program}")

    def run(self, *words: str, may_fail: bool = False) -> str:
        """What the client prints. Raises AttemptError where it is absent, fails or does not come to an end."""
        program = shutil.which(self._program)
        if program is None:
            raise AttemptError(f"{self._program} is not installed")
        try:
            client = subprocess.Popen(
                [program, *words], cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                stdin=subprocess.DEVNULL, errors="replace", env={**os.environ, "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        except OSError as error:
            raise AttemptError(f"{self._program} cannot be started: {error.strerror}") from None
        try:
            output, complaint = self._output(client)
        finally:
            _end(client)
        if client.returncode != 0 and not may_fail:
            lines = [line for line in (complaint + output).splitlines() if line.strip()]
            error_line = next((line for line in lines if "error" in line.lower() or line.startswith("E:")), "")
            why = error_line or (lines[-1] if lines else client.returncode)
            raise AttemptError(f"{self._program} failed: {why}", again=True)
        return output

    def _output(self, client: subprocess.Popen[str]) -> tuple[str, str]:
        """Both outputs of the client; progress is reported meanwhile, so that a cancelled build does not wait."""
        deadline = time.monotonic() + self._patience.client
        while True:
            try:
                return client.communicate(timeout=0.2)
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    words = f"{self._program} did not answer in {self._patience.client:.0f} s"
                    raise AttemptError(words, again=True) from None
                self._tick()


def _end(client: subprocess.Popen[str]) -> None:
    """End a client that still runs, by SIGTERM, then by force, and close its pipes."""
    if client.poll() is None:
        client.terminate()
        try:
            client.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait()
    for pipe in (client.stdout, client.stderr):
        if pipe is not None:
            pipe.close()


def from_npm(source: Source, folder: Path, progress: OnProgress, patience: Patience) -> Path:
    """The archive that npm packs, in `folder`. Raises AttemptError."""
    output = Client("npm", source, folder, progress, patience).run("pack", source.package, "--json", "--silent")
    try:
        name = str(json.loads(output)[0]["filename"])
    except (ValueError, LookupError, TypeError):
        raise AttemptError("npm pack gave no file name") from None
    path = folder / Path(name.replace("/", "-").removeprefix("@")).name
    if not path.is_file():
        raise AttemptError(f"npm pack wrote no {path.name}")
    return path


def from_debian(source: Source, folder: Path, progress: OnProgress, patience: Patience) -> Path:
    """The source package of another suite, fetched through a private sources list. Raises AttemptError."""
    client = Client("apt-get", source, folder, progress, patience)
    site = debian_site(client)
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
        f"Acquire::Retries={patience.tries}",
        "APT::Sandbox::User=" if os.geteuid() == 0 else "APT::Get::AllowUnauthenticated=false",
    ]
    words = ["-q", *(word for option in options for word in ("-o", option))]
    client.run(*words, "update")
    # The .dsc of a suite that moves on may be gone already; the archive with its digest is what counts.
    client.run(*words, "source", "--download-only", "--only-source", source.package, may_fail=True)
    path = folder / source.file
    if not path.is_file():
        raise AttemptError(f"{source.suite} has no {source.file} (any more)")
    return path


def debian_site(client: Client) -> str:
    """The address from which this system gets its packages. Raises AttemptError where it has none."""
    output = client.run("indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(CODENAME)")
    for line in output.splitlines():
        origin, _, rest = line.partition(" ")
        uri = rest.split(" ")[0]
        if origin == "Debian" and "security" not in uri:
            return uri
    raise AttemptError("this system has no Debian package source")
