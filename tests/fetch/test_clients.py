"""Sources from package clients: npm and apt-get, here shell scripts that answer as these do."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.support.archives import DEBIAN, NPM, SHA, client, files, find, hide_clients
from wizard.base.errors import CancelledError, MissingError
from wizard.fetch.finder import PARTS, FoundSource, find_source


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return hide_clients(tmp_path / "tools", monkeypatch)


# ---------------------------------------------------------------- npm


def test_npm_packs_the_archive(cache: Path, tools: Path) -> None:
    client(
        tools,
        "npm",
        'echo "$@" >"$here/asked"; cp "$here/archive" ocaml-9.0.0.tgz; echo \'[{"filename": "ocaml-9.0.0.tgz"}]\'',
    )
    found = find(NPM, cache=cache)
    assert found == FoundSource("npm", NPM.file, SHA, str(cache / NPM.file))
    assert (tools / "asked").read_text(encoding="utf-8").split()[:2] == ["pack", "ocaml@9.0.0"]
    assert files(cache) == [NPM.file]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'npm ERR! code ENOTFOUND' >&2; echo 'npm error network' >&2; exit 1", "npm failed"),
        ("exit 3", "npm failed"),
        ("echo rubbish", "no file name"),
        ("echo '[]'", "no file name"),
        ('echo \'[{"filename": "absent.tgz"}]\'', "absent.tgz"),
        ('echo xyz >x.tgz; echo \'[{"filename": "x.tgz"}]\'', "sha256"),
        ('echo \'[{"filename": "../../../../etc/passwd"}]\'', "npm"),
        ("printf '\\377\\376'", "no file name"),
        ("kill -9 $$", "npm failed"),
    ],
    ids=["network", "fails silently", "rubbish", "empty", "no file", "wrong bytes", "climbs", "binary", "killed"],
)
def test_an_npm_that_does_not_give_the_archive_is_said(script: str, words: str, cache: Path, tools: Path) -> None:
    client(tools, "npm", script)
    with pytest.raises(MissingError) as raised:
        find(NPM, cache=cache)
    assert raised.value.code == ("source-not-reached" if words == "npm failed" else "source-not-found")
    assert "npm package ocaml@9.0.0" in raised.value.why
    assert words in raised.value.why
    assert files(cache) == []


def test_a_client_that_is_not_installed_is_said(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError) as raised:
        find(NPM, DEBIAN, cache=cache)
    assert "npm is not installed" in raised.value.why
    assert "apt-get is not installed" in raised.value.why


def test_a_client_sees_the_proxy_of_the_environment(
    cache: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tools, "npm", 'env >"$here/seen"; exit 1')
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(MissingError):
        find(NPM, cache=cache)
    seen = (tools / "seen").read_text(encoding="utf-8").splitlines()
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY"):
        assert f"{name}=http://127.0.0.1:9" in seen


def test_a_client_ends_with_the_build_that_is_stopped(cache: Path, tools: Path) -> None:
    def stop(_file: str, _got: int, _total: int, note: str = "") -> None:
        if (tools / "pid").exists():
            assert note == "asking npm"
            raise CancelledError.from_texts("build-cancelled", "the build was cancelled")

    client(tools, "npm", 'echo $$ >"$here/pid"; exec sleep 60')
    with pytest.raises(CancelledError):
        find_source("OCaml 9", (NPM,), cache=cache, local=None, offline=False, progress=stop)
    assert not psutil.pid_exists(int((tools / "pid").read_text(encoding="utf-8")))
    assert files(cache) == []


def test_what_a_client_left_that_was_killed_is_not_mixed_in(cache: Path, tools: Path) -> None:
    left = cache / PARTS / SHA / "left"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"rubbish")
    client(tools, "npm", 'ls >"$here/saw"; cp "$here/archive" o.tgz; echo \'[{"filename": "o.tgz"}]\'')
    find(NPM, cache=cache)
    assert (tools / "saw").read_text(encoding="utf-8") == ""
    assert files(cache) == [NPM.file]


def test_a_client_that_cannot_be_started_is_said(cache: Path, tools: Path) -> None:
    (tools / "npm").write_bytes(b"\x7fELF rubbish")
    with pytest.raises(MissingError) as raised:
        find(NPM, cache=cache)
    assert "npm cannot be started" in raised.value.why


def test_a_client_that_hangs_is_given_up(cache: Path, tools: Path) -> None:
    client(tools, "npm", "exec sleep 60")
    with pytest.raises(MissingError, match="OCaml 9") as raised:
        find(NPM, cache=cache)
    assert "did not answer" in raised.value.why
    assert files(cache) == []


# ---------------------------------------------------------------- apt-get

APT = """\
echo "$*" >>"$here/asked"
case "$*" in
  *indextargets*)
    echo 'Other http://other.example/ sid'
    echo 'Debian http://security.example/debian-security bookworm'
    echo 'Debian http://deb.example/debian bookworm' ;;
  *update*) for word do case $word in Dir::Etc::sourcelist=*) cat "${word#*=}" >"$here/list" ;; esac; done ;;
  *source*) cp "$here/archive" ocaml_9.orig.tar.xz; exit 100 ;;
esac
"""


def test_apt_get_fetches_from_another_suite_through_a_list_of_its_own(cache: Path, tools: Path) -> None:
    client(tools, "apt-get", APT)
    found = find(DEBIAN, cache=cache)
    assert found == FoundSource("debian", DEBIAN.file, SHA, str(cache / DEBIAN.file))
    listed = (tools / "list").read_text(encoding="utf-8")
    assert listed.startswith("deb-src ")
    assert listed.endswith("http://deb.example/debian sid main\n")
    asked = (tools / "asked").read_text(encoding="utf-8").splitlines()
    assert len(asked) == 3
    for line in asked[1:]:
        for option in (
            "Dir::Etc::sourcelist=",
            "Dir::Etc::sourceparts=/dev/null",
            "Dir::State::lists=",
            "Dir::Cache=",
        ):
            assert option in line
        assert str(cache) in line, "nothing of the system is written"
    assert "--download-only" in asked[2]
    assert files(cache) == [DEBIAN.file]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("case \"$*\" in *indextargets*) echo 'Ubuntu http://x/ noble' ;; esac", "no Debian package source"),
        ("echo 'E: Unable to locate' >&2; exit 100", "E: Unable to locate"),
        (APT.replace('cp "$here/archive" ocaml_9.orig.tar.xz; ', ""), "sid has no ocaml_9.orig.tar.xz"),
        (APT.replace('cp "$here/archive"', "echo x >"), "sha256"),
    ],
    ids=["another system", "fails", "gone", "wrong bytes"],
)
def test_an_apt_get_that_does_not_give_the_archive_is_said(
    script: str, words: str, cache: Path, tools: Path
) -> None:
    client(tools, "apt-get", script)
    with pytest.raises(MissingError) as raised:
        find(DEBIAN, cache=cache)
    assert raised.value.code == ("source-not-reached" if words.startswith("E:") else "source-not-found")
    assert "debian package ocaml" in raised.value.why
    assert words in raised.value.why
    assert files(cache) == []
