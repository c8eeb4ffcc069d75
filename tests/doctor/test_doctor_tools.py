"""What the doctor sees of programs and of the network: started, tried and asked for real."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.machine.test_survey import ocamlopt, script
from tests.support.machines import this_machine
from tests.support.properties import given
from tests.support.web import PROXIES, hangs_up, moved, refuses, web
from tests.support.web import Answer as WebAnswer
from wizard.catalogue.model import Catalogue, Source
from wizard.catalogue.store import catalogue
from wizard.doctor import gather_network as net
from wizard.doctor import gather_tools as tools
from wizard.machine.survey import LOCK_FILE, Zig, ordinary_linux
from wizard.steps.sources import Needed

pytestmark = pytest.mark.usefixtures("_patient")

change = msgspec.structs.replace


# ---------------------------------------------------------------- tools, compilers, emulators


def test_tools_are_started_and_heard(tmp_path: Path) -> None:
    here = change(
        ordinary_linux(),
        tools={
            "make": str(script(tmp_path, "make", "echo GNU Make 9; exit 0")),
            "cc": str(
                script(tmp_path, "cc", "[ $1 = -dumpmachine ] && echo sparc-linux && exit; echo no stdio; exit 1")
            ),
        },
        zig=Zig(str(tmp_path), "0.17.0"),
    )
    found = tools.tools(here)
    assert found["make"].says == "GNU Make 9"
    assert (found["cc"].says, found["cc"].problem) == ("sparc-linux", "no stdio (exit status 1)")
    assert found["zig"].problem == "No such file or directory"
    assert tools.tools(change(here, tools={}, zig=None)) == {}


def test_unix_tools_are_looked_for_on_path(tmp_path: Path) -> None:
    script(tmp_path, "sed", "")
    assert "sed" not in tools.absent(change(ordinary_linux(), path=str(tmp_path)))
    assert "awk" in tools.absent(change(ordinary_linux(), path=str(tmp_path)))


def test_each_installed_cross_compiler_is_really_tried() -> None:
    """With those that this machine has: the object that each makes decides, whatever it answers."""
    here = this_machine()
    if not here.compilers:
        pytest.skip("no cross-compiler is installed")
    found = tools.compilers(here, catalogue())
    assert [one.name for one in found] == sorted(here.compilers)
    assert all(one.fits or one.problem for one in found)


def test_a_compiler_that_lies_is_found_by_its_object(tmp_path: Path) -> None:
    here = this_machine()
    if "cc" not in here.tools or here.machine != "x86_64-linux":
        pytest.skip("no C compiler for x86_64 to lie with")
    liar = script(
        tmp_path, "aarch64-linux-gnu-gcc",
        f'[ "$1" = -dumpmachine ] && echo aarch64-linux-gnu && exit\nexec {here.tools["cc"]} "$@"\n',
    )  # fmt: skip
    (found,) = tools.compilers(change(here, compilers={"aarch64-linux-gnu": str(liar)}), catalogue())
    assert (found.answer, found.fits) == ("aarch64-linux-gnu", False)
    assert "EM_X86_64" in found.makes


def test_a_compiler_without_headers_or_answer_has_a_problem(tmp_path: Path) -> None:
    silent = script(tmp_path, "silent", "exit 5")
    poor = script(tmp_path, "poor", "[ $1 = -dumpmachine ] || { echo 'fatal error: stdio.h'; exit 1; }")
    empty = script(tmp_path, "empty", 'for word do last=$word; done; case $last in -*) ;; *) : > "$last" ;; esac')
    here = change(
        ordinary_linux(),
        compilers={
            "aarch64-linux-gnu": str(silent),
            "riscv64-linux-gnu": str(poor),
            "s390x-linux-gnu": str(empty),
        },
    )
    found = {compiler.name: compiler.problem for compiler in tools.compilers(here, catalogue())}
    assert found["aarch64-linux-gnu"] == "exit status 5"
    assert "stdio.h" in found["riscv64-linux-gnu"]
    assert found["s390x-linux-gnu"]


def test_every_ocaml_on_path_is_asked(tmp_path: Path) -> None:
    ocamlopt(tmp_path / "one")
    script(tmp_path / "one", "ocamlc", "echo 5.3.0")
    script(tmp_path / "two", "ocamlopt", "exit 1")
    (tmp_path / "switch" / "bin").mkdir(parents=True)
    ocamlopt(tmp_path / "switch" / "bin")
    (tmp_path / "switch" / LOCK_FILE).write_text("")
    path = ":".join(str(tmp_path / name) for name in ("switch/bin", "none", "one", "two", "one"))
    found = tools.ocamls(change(ordinary_linux(), path=path))
    assert [(Path(one.folder).name, one.ocamlc, one.ocamlopt, one.switch) for one in found] == [
        ("bin", "", "", True), ("one", "5.3.0", "5.3.0", False), ("two", "", "", False),
    ]  # fmt: skip


def test_emulators_are_those_that_open_targets_need_here(tmp_path: Path, known: Catalogue) -> None:
    broken = script(tmp_path, "qemu-arm", "echo cannot >&2; exit 1")
    here = change(ordinary_linux(), emulators={"armv7-linux": str(broken)})
    found = {emulator.name: emulator for emulator in tools.emulators(here, known)}
    assert found["qemu-arm"].problem == "cannot (exit status 1)"
    assert found["qemu-aarch64"].path == ""
    assert "qemu-x86_64" not in found
    assert {"armv7-linux", "armv6-linux"} <= set(found["qemu-arm"].machines)


# ---------------------------------------------------------------- the network

NAME = "OCaml 5.3.0"


@pytest.fixture
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, and more patience than a user's."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(net, "PROBE_SECONDS", 30.0)


def dated(request: BaseHTTPRequestHandler, *, ahead: float = 0.0) -> None:
    """Answers well; its clock is ahead by so many seconds."""
    request.send_response_only(200)
    request.send_header("Date", email.utils.formatdate(time.time() + ahead, usegmt=True))
    request.send_header("Content-Length", "9")
    request.end_headers()


def silent(_request: object) -> None:
    time.sleep(1.0)


def probed(*sources: Source) -> dict[str, tuple[bool, str]]:
    found = net.network((Needed(NAME, sources),)).probes
    assert all(one.serves == (NAME,) for one in found)
    return {one.kind: (one.reached, one.said) for one in found}


def official(address: str) -> Source:
    return Source("official", "ocaml.tar.gz", "0" * 64, address=address)


def test_proxies_are_read_and_passwords_left_out() -> None:
    found = net.proxies(
        {
            "HTTPS_PROXY": "http://me:secret@proxy:3128",
            "http_proxy": "proxy:8080",
            "ALL_PROXY": "ftp://x",
            "no_proxy": "y",
        }
    )
    assert {one.variable: (one.address, bool(one.problem)) for one in found} == {
        "HTTPS_PROXY": ("http://proxy:3128", False),
        "http_proxy": ("http://proxy:8080", False),
        "ALL_PROXY": ("ftp://x", True),
    }
    assert net.proxies({"HTTP_PROXY": "http://proxy:port"})[0].problem.startswith("it is no address")
    assert net.proxies({"HTTP_PROXY": "http://"})[0].problem == "it names no host"
    assert net.proxies({"HTTP_PROXY": ""}) == ()


@pytest.mark.usefixtures("_direct")
@pytest.mark.parametrize(
    ("answers", "reached", "words"),
    [
        ([dated], True, ""),
        ([moved, dated], True, ""),
        ([refuses(405, "Method Not Allowed")], True, ""),
        ([refuses(404, "Not Found")], False, "it answers 404 Not Found"),
        ([moved, refuses(503, "Busy")], False, "it answers 503"),
        ([hangs_up], False, "disconnected"),
        ([silent], False, "no answer in"),
    ],
    ids=["well", "elsewhere", "no HEAD", "not there", "elsewhere and busy", "hangs up", "silent"],
)
def test_an_address_is_asked_for_its_head_only(
    answers: list[WebAnswer], reached: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if silent in answers:
        monkeypatch.setattr(net, "PROBE_SECONDS", 0.5)
    with web(*answers) as server:
        (probe,) = net.network((Needed(NAME, (official(f"{server.address}/ocaml.tar.gz"),)),)).probes
        assert server.asked[0] == "/ocaml.tar.gz"
    assert (probe.reached, probe.late) == (reached, silent in answers)
    assert words in probe.said


@pytest.mark.usefixtures("_direct")
def test_a_server_says_what_time_it_is() -> None:
    with web(lambda request: dated(request, ahead=7200.0)) as server:
        (probe,) = net.network((Needed(NAME, (official(server.address),)),)).probes
    assert probe.ahead is not None
    assert abs(probe.ahead - 7200) < 60


@pytest.mark.usefixtures("_direct")
def test_places_are_asked_at_the_same_time() -> None:
    """Each answers only when all three were asked."""
    meet = threading.Barrier(3, timeout=10)

    def together(request: BaseHTTPRequestHandler) -> None:
        meet.wait()
        dated(request)

    with web(together) as server:
        needed = [Needed(str(n), (official(f"{server.address}/{n}"),)) for n in range(3)]
        found = net.network(tuple(needed)).probes
    assert [one.reached for one in found] == [True, True, True]
    assert [one.serves for one in found] == [("0",), ("1",), ("2",)]


@pytest.mark.usefixtures("_direct")
def test_an_address_that_nobody_serves_is_not_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        reached, said = probed(official(f"http://127.0.0.1:{taken.getsockname()[1]}/x"))["official"]
    assert (reached, bool(said)) == (False, True)


@pytest.mark.usefixtures("_direct")
def test_the_password_of_a_proxy_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:port")
    reached, said = probed(official("http://example.org/x"))["official"]
    assert not reached
    assert "secret" not in said


def test_a_client_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = probed(
        Source("npm", "x", "0", package="ocaml@5.3.0"), Source("debian", "y", "0", package="ocaml", suite="sid")
    )
    assert found == {"npm": (False, "npm is not installed"), "debian": (False, "apt-get is not installed")}


def test_npm_is_asked_by_npm_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path, "npm", f'echo "$@" > {tmp_path}/asked; echo 5.3.0')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert probed(Source("npm", "x", "0", package="ocaml@5.3.0"))["npm"] == (True, "")
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("view ocaml@5.3.0 version")
    assert "--cache" in asked  # nothing is written into the user's own


@given(
    value=st.text(), password=st.sampled_from(["SECRET", "SECRET/x", "a:SECRET", "SECRET@x", "#SECRET", "?SECRET"])
)
def test_any_value_of_a_proxy_is_read_and_no_password_shown(value: str, password: str) -> None:
    for proxy in (
        *net.proxies({"HTTP_PROXY": value}),
        *net.proxies({"ALL_PROXY": f"http://me:{password}@{value}"}),
    ):
        assert proxy.address
        assert "secret" not in (proxy.address + proxy.problem).lower()


def test_what_lies_here_is_found_in_the_users_folder_and_in_the_cache(tmp_path: Path) -> None:
    import hashlib

    data = b"source"
    source = Source("official", "a.tar.gz", hashlib.sha256(data).hexdigest(), address="https://example.org/a")
    needed = (Needed(NAME, (source,)),)
    cache, local = tmp_path / "cache", tmp_path / "local"
    for folder in (cache, local):
        folder.mkdir()
    assert net.archives(needed, cache, None)[0].path == ""
    (cache / "a.tar.gz").write_bytes(b"damaged")
    assert net.archives(needed, cache, None)[0].wrong == str(cache / "a.tar.gz")
    (local / "a.tar.gz").write_bytes(data)
    assert net.archives(needed, cache, local)[0].path == str(local / "a.tar.gz")
