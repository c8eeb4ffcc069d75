"""Builders whose sources come badly: interrupted, slow, wrong, through a proxy. Real builders, a real server."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.web import PROXIES, QUICK, Answer, Web, hangs_up, refuses, sends, serves
from wizard.base.errors import WizardError
from wizard.builder.launch import cancel, follow, start
from wizard.builds import journal as j
from wizard.builds.folder import Options, running
from wizard.builds.listing import describe_build, last_error
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.fetch.finder import PART, PARTS
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.stage import Stage

FILE = "ocaml-9.tar.gz"
CUT = 150_000


def _archive() -> bytes:
    """A source of 400 kB that nothing makes smaller."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in (("configure", b"#!/bin/sh\n"), ("rubbish", os.urandom(400_000))):
            info = tarfile.TarInfo(f"ocaml-9/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


DATA = _archive()
SHA = hashlib.sha256(DATA).hexdigest()


class FetchCase:
    """One build that fetches and unpacks: its plan, its server, and what came of it."""

    def __init__(self, session: Session, tmp_path: Path, web: Web) -> None:
        self._session, self._tmp_path, self.web = session, tmp_path, web
        self.cache = session.folders.sources
        self.part = self.cache / PARTS / SHA / PART
        self.plans: list[Plan] = []

    def plan(
        self, address: str = "", between: str = "", name: str = "switch", also: tuple[Source, ...] = ()
    ) -> Plan:
        """A plan of three stages: fetch, `between` as a shell command, unpack and publish."""
        checked = self._session.check(Preset(Selection(target="aarch64-linux")), self._tmp_path / name)
        base = self._session.plan(checked)
        source = Source("official", FILE, SHA, address=address or f"{self.web.address}/{FILE}")
        folder = base.build_folder
        record = f"{folder}/source.json"
        actions: dict[str, tuple[a.AnyAction, ...]] = {
            "fetch": (a.FetchSource("OCaml 9", (source, *also), record),),
            "between": (a.Run(("/bin/sh", "-c", between or "true"), folder),),
            "source": (a.UnpackSource(record, f"{folder}/tree"), a.Publish(f"{folder}/tree", base.prefix)),
        }
        stages = tuple(
            Stage(id_, id_, "", folder, done, (), f"{id_} {name}", shared=False, seconds=1.0, lines=1)
            for id_, done in actions.items()
        )
        plan = msgspec.structs.replace(base, stages=stages)
        self.plans.append(plan)
        return plan

    def answers(self, *answers: Answer) -> None:
        """What the server answers from now on; what it was asked so far is forgotten."""
        self.web.answers = list(answers)
        self.web.asked.clear()
        self.web.headers.clear()


def _to_end(folder: Path) -> list[j.AnyEvent]:
    return [event for event in follow(folder) if event is not None]


def _build(plan: Plan) -> list[j.AnyEvent]:
    return _to_end(start(plan, Options()))


def _notes(events: list[j.AnyEvent]) -> list[str]:
    return [event.note for event in events if isinstance(event, j.Transfer) and event.note]


def _error(plan: Plan) -> WizardError:
    error = last_error(Path(plan.build_folder))
    assert error is not None
    assert not Path(plan.prefix).exists()
    return error


def _is_built(plan: Plan, events: list[j.AnyEvent]) -> None:
    assert isinstance(events[-1], j.BuildEnded)
    assert events[-1].outcome == "done", events[-1]
    assert (Path(plan.prefix) / "configure").read_bytes() == b"#!/bin/sh\n"


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def case(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FetchCase]:
    """Builders that are as patient as tests are: each reads that when it starts."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        f"from wizard.fetch import attempts\nfrom wizard.fetch.attempts import Patience\n"
        f"attempts.PATIENCE = {QUICK!r}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    web = Web(refuses(500, "not told yet"))
    made = FetchCase(session, tmp_path, web)
    yield made
    for plan in made.plans:
        cancel(Path(plan.build_folder))
    web.close()


def test_a_server_that_breaks_off_is_said_and_the_build_continues_where_it_was(case: FetchCase) -> None:
    plan = case.plan()
    case.answers(serves(DATA, upto=CUT), hangs_up)
    events = _build(plan)
    error = _error(plan)
    assert (error.code, error.exit_code) == ("source-not-reached", 5)
    assert "the connection broke off" in error.why
    assert "0.1 MB of it are kept" in error.why or "0.2 MB of it are kept" in error.why
    assert "it continues where it stopped" in error.fix
    assert any(note.startswith("next try in 1 s: ") for note in _notes(events))
    assert case.part.read_bytes() == DATA[:CUT]
    case.answers(serves(DATA))
    events = _build(plan)
    _is_built(plan, events)
    assert case.web.headers[0]["range"] == f"bytes={CUT}-"
    assert _notes(events)[-1] == "resumed"


def test_a_server_that_says_nothing_more_is_given_up(case: FetchCase) -> None:
    plan = case.plan()
    case.answers(serves(DATA, upto=CUT, stall=20))
    _build(plan)
    assert "next to nothing came" in _error(plan).why
    case.answers(serves(DATA))
    _is_built(plan, _build(plan))
    assert case.web.headers[0]["range"] == f"bytes={CUT}-"


def test_a_server_that_breaks_off_and_comes_back_is_no_failure(case: FetchCase) -> None:
    plan = case.plan()
    case.answers(serves(DATA, upto=CUT), refuses(503, "later"), serves(DATA))
    _is_built(plan, _build(plan))
    assert len(case.web.asked) == 3


def test_without_a_network_the_places_are_named_and_the_build_goes_on_later(case: FetchCase) -> None:
    plan = case.plan(address="http://127.0.0.1:9/o.tar.gz")
    _build(plan)
    error = _error(plan)
    assert error.code == "source-not-reached"
    assert "http://127.0.0.1:9/o.tar.gz: no connection" in error.why
    assert f"{FILE} (sha256 {SHA})" in error.fix
    case.cache.mkdir(exist_ok=True)
    (case.cache / FILE).write_bytes(DATA)
    _is_built(plan, _build(plan))


def test_a_wrong_archive_is_not_kept_and_the_build_goes_on_when_it_is_right(case: FetchCase) -> None:
    plan = case.plan()
    case.answers(sends(DATA[:-1] + b"x"))
    _build(plan)
    error = _error(plan)
    assert (error.code, error.exit_code) == ("source-not-found", 5)
    assert "what came has sha256" in error.why
    assert SHA in error.why
    assert not list(case.cache.rglob("part*/part"))
    assert not (case.cache / FILE).exists()
    case.answers(serves(DATA))
    _is_built(plan, _build(plan))


def test_a_builder_that_is_killed_while_it_downloads_goes_on_there(case: FetchCase) -> None:
    plan = case.plan()
    folder = Path(plan.build_folder)
    case.answers(serves(DATA, upto=CUT, stall=0.3), serves(DATA[: CUT + 1000], upto=CUT + 1, stall=30))
    start(plan, Options())
    _await(lambda: len(case.web.asked) == 2)
    pids = [event.pid for event in j.read_events(folder) if isinstance(event, j.BuildStarted)]
    os.kill(pids[-1], 9)
    _await(lambda: not running(folder))
    assert describe_build(folder).state == "stopped"
    size = case.part.stat().st_size
    assert size >= CUT
    case.answers(serves(DATA))
    _is_built(plan, _build(plan))
    assert case.web.headers[0]["range"] == f"bytes={size}-"


def test_a_build_that_waits_for_a_server_is_cancelled_at_once(case: FetchCase, tmp_path: Path) -> None:
    """The usual patience: a stall of half a minute, and as long for the server."""
    (tmp_path / "site" / "sitecustomize.py").unlink()
    plan = case.plan()
    case.answers(serves(DATA, upto=CUT, stall=60))
    folder = start(plan, Options())
    _await(lambda: case.part.exists() and case.part.stat().st_size == CUT)
    _await(lambda: any(isinstance(event, j.Transfer) for event in j.read_events(folder)))
    assert cancel(folder, seconds=20)
    assert not running(folder)
    assert describe_build(folder).state == "cancelled"
    assert _error(plan).code == "build-cancelled"
    assert case.part.read_bytes() == DATA[:CUT]


def test_the_builder_sees_the_proxy(case: FetchCase, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = case.plan(address="http://nobody.invalid/o.tar.gz")
    monkeypatch.setenv("HTTP_PROXY", case.web.address)
    case.answers(serves(DATA))
    _is_built(plan, _build(plan))
    assert case.web.asked == ["http://nobody.invalid/o.tar.gz"]


def test_a_package_client_sees_the_proxy_too(
    case: FetchCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "o.tgz").write_bytes(DATA)
    script = f'cp {tools}/o.tgz .; echo "$HTTPS_PROXY" >{tools}/proxy; echo \'[{{"filename": "o.tgz"}}]\''
    (tools / "npm").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (tools / "npm").chmod(0o755)
    plan = case.plan(address="https://nobody.invalid/o.tar.gz", also=(Source("npm", "o.tgz", SHA, package="o@9"),))
    monkeypatch.setenv("HTTPS_PROXY", case.web.address)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    case.answers(refuses(403, "not there"))
    _is_built(plan, _build(plan))
    assert (tools / "proxy").read_text(encoding="utf-8").strip() == case.web.address


def test_a_proxy_that_refuses_is_said(case: FetchCase, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = case.plan(address="https://nobody.invalid/o.tar.gz")
    monkeypatch.setenv("HTTPS_PROXY", case.web.address.replace("//", "//me:secret@"))
    case.answers(refuses(407, "who are you"))
    events = _build(plan)
    error = _error(plan)
    assert f"the proxy {case.web.address} refused: 407 who are you" in error.why
    assert "secret" not in str(events) + str(error.as_dict())


@pytest.mark.parametrize(
    "spoil", ["echo more >>{file}", "rm {file}", "echo other >{file}"], ids=["appended", "removed", "replaced"]
)
def test_an_archive_that_changes_between_fetch_and_unpack_is_fetched_again(spoil: str, case: FetchCase) -> None:
    plan = case.plan(between=spoil.format(file=case.cache / FILE))
    case.answers(serves(DATA))
    _is_built(plan, _build(plan))
    assert len(case.web.asked) == 2


def test_two_builds_that_want_the_same_archive_fetch_it_once(case: FetchCase) -> None:
    first, second = case.plan(name="one"), case.plan(name="two")
    case.answers(serves(DATA, upto=CUT, stall=0.3), serves(DATA))
    folders = [start(plan, Options()) for plan in (first, second)]
    for plan, folder in zip((first, second), folders, strict=True):
        _is_built(plan, _to_end(folder))
    assert len(case.web.asked) == 2, "one download in two pieces"
