"""Downloads from a real server on this machine: in pieces, again and again, and ended at any moment."""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.web import PROXIES, QUICK, Answer, Request, Web, drips, hangs_up, moved, refuses, sends, serves
from wizard.base.errors import CancelledError
from wizard.fetch.attempts import AttemptError, Patience
from wizard.fetch.download import MIN_PROGRESS, download, watched

DATA = bytes(range(256)) * 4000
PART = 300_000


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Site:
    """One file to download: its server, its part file, what was told of it."""

    def __init__(self, folder: Path) -> None:
        self.web = Web(refuses(500, "not told yet"))
        self.part = folder / "part"
        self.told: list[tuple[int, int, str]] = []
        self.stop: Callable[[str], bool] = lambda _note: False

    def get(self, *answers: Answer, patience: Patience = QUICK, address: str = "") -> bool:
        self.web.answers = list(answers)
        return download(address or f"{self.web.address}/o.tar.gz", "o.tar.gz", self.part, self._progress, patience)

    def _progress(self, _file: str, got: int, total: int, note: str = "") -> None:
        self.told.append((got, total, note))
        if self.stop(note):
            raise CancelledError.from_texts("build-cancelled", "the build was cancelled")

    @property
    def ranges(self) -> list[str]:
        return [headers.get("range", "") for headers in self.web.headers]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.web.close()


def failed(site: Site, *answers: Answer, **named: object) -> AttemptError:
    with pytest.raises(AttemptError) as raised:
        site.get(*answers, **named)  # type: ignore[arg-type]
    return raised.value


# ---------------------------------------------------------------- whole and in pieces


def test_a_whole_file_comes_at_once_and_its_progress_is_told(site: Site) -> None:
    assert site.get(serves(DATA)) is False
    assert site.part.read_bytes() == DATA
    assert site.told[-1] == (len(DATA), len(DATA), "")
    assert [got for got, _, _ in site.told] == sorted(got for got, _, _ in site.told)
    assert site.web.headers[0]["accept-encoding"] == "identity"
    assert "range" not in site.web.headers[0]


def test_whom_it_waits_for_is_told(site: Site) -> None:
    def late(request: Request) -> None:
        time.sleep(0.3)
        serves(DATA)(request)

    site.get(late, patience=msgspec.structs.replace(QUICK, stall=5.0))
    assert site.told[0] == (0, 0, "asking 127.0.0.1")
    assert site.told[-1] == (len(DATA), len(DATA), "")


def test_what_broke_off_goes_on_where_it_stopped(site: Site) -> None:
    assert site.get(serves(DATA, upto=PART), serves(DATA)) is True
    assert site.part.read_bytes() == DATA
    assert site.ranges == ["", f"bytes={PART}-"]
    assert site.web.headers[1]["if-range"] == '"one"'
    notes = [note for _, _, note in site.told]
    assert any(note.startswith("next try in 1 s: the connection broke off") for note in notes)
    assert site.told[-1] == (len(DATA), len(DATA), "resumed")


def test_what_an_earlier_run_left_is_not_asked_for_again(site: Site) -> None:
    failed(site, serves(DATA, upto=PART), hangs_up)
    assert site.part.stat().st_size == PART
    site.web.headers.clear()
    site.get(serves(DATA))
    assert site.part.read_bytes() == DATA
    assert site.ranges == [f"bytes={PART}-"]
    assert site.web.headers[0]["if-range"] == '"one"'


def test_a_file_that_has_changed_meanwhile_comes_whole(site: Site) -> None:
    failed(site, serves(DATA[::-1], upto=PART, etag='"old"'), hangs_up)
    assert site.get(serves(DATA, etag='"new"')) is False
    assert site.part.read_bytes() == DATA


def test_without_a_strong_etag_the_rest_is_asked_for_without_a_condition(site: Site) -> None:
    """Only the digest can tell then; the caller is told that the file came in pieces."""
    failed(site, serves(DATA, upto=PART, etag='W/"weak"'), hangs_up)
    site.web.headers.clear()
    assert site.get(serves(DATA, etag='W/"weak"')) is True
    assert "if-range" not in site.web.headers[0]
    assert site.part.read_bytes() == DATA


def test_another_addresss_etag_is_not_asked_with(site: Site) -> None:
    failed(site, serves(DATA, upto=PART), hangs_up)
    site.web.headers.clear()
    site.get(serves(DATA), address=f"{site.web.address}/mirror")
    assert "if-range" not in site.web.headers[0]
    assert site.part.read_bytes() == DATA


def test_a_server_that_knows_no_parts_sends_the_file_from_its_beginning(site: Site) -> None:
    assert site.get(serves(DATA, upto=PART), sends(DATA)) is False
    assert site.part.read_bytes() == DATA
    assert site.told[-1] == (len(DATA), len(DATA), "")


@pytest.mark.parametrize(
    "answer",
    [
        sends(DATA[PART:], 206, Content_Range=f"bytes {PART + 1}-{len(DATA)}/{len(DATA)}"),
        sends(DATA[PART:], 206),
        sends(DATA[PART:], 206, Content_Range="rubbish"),
        sends(b"", 416),
    ],
    ids=["another part", "no range", "rubbish", "416"],
)
def test_a_part_that_does_not_fit_begins_the_file_anew(answer: Answer, site: Site) -> None:
    assert site.get(serves(DATA, upto=PART), answer, serves(DATA)) is False
    assert site.ranges == ["", f"bytes={PART}-", ""]
    assert site.part.read_bytes() == DATA


def test_a_part_that_is_too_long_begins_the_file_anew(site: Site) -> None:
    site.part.write_bytes(DATA + b"more")
    assert site.get(serves(DATA)) is False
    assert site.part.read_bytes() == DATA


def test_a_part_that_was_not_asked_for_is_no_file(site: Site) -> None:
    answer = sends(DATA[:PART], 206, Content_Range=f"bytes 0-{PART - 1}/{len(DATA)}")
    error = failed(site, answer)
    assert error.again
    assert not site.part.exists()


def test_a_length_that_nobody_tells_is_0_in_all(site: Site) -> None:
    def endless(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(DATA)

    site.get(endless)
    assert site.part.read_bytes() == DATA
    assert site.told[-1] == (len(DATA), 0, "")


def test_more_than_any_archive_has_is_given_up_and_not_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.fetch.download.MAX_BYTES", 1 << 20)
    error = failed(site, serves(DATA * 2))
    assert "more than 1 MiB" in str(error)
    assert not error.again
    assert not site.part.exists()


# ---------------------------------------------------------------- again, and when not


def test_tries_are_counted_from_the_last_one_that_brought_something(site: Site) -> None:
    steps = range(MIN_PROGRESS, len(DATA), MIN_PROGRESS)
    assert len(steps) > QUICK.tries
    assert site.get(*(serves(DATA, upto=step) for step in steps), serves(DATA)) is True
    assert site.part.read_bytes() == DATA


def test_what_brings_next_to_nothing_comes_to_an_end(site: Site) -> None:
    error = failed(site, *(serves(DATA, upto=step) for step in range(10, 200, 10)))
    assert error.again
    assert len(site.web.asked) == QUICK.tries
    assert "are kept" in str(error)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(status: int, site: Site) -> None:
    site.get(refuses(status, "later"), serves(DATA))
    assert site.part.read_bytes() == DATA


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_a_no_is_not_asked_again(status: int, site: Site) -> None:
    error = failed(site, refuses(status, "no"))
    assert len(site.web.asked) == 1
    assert not error.again
    assert f"{status} no" in str(error)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_server_that_asks_for_a_pause_gets_it(status: int, form: str, site: Site) -> None:
    # A date counts whole seconds, so its pause may be shorter by one.
    value = "1" if form == "seconds" else email.utils.formatdate(time.time() + 1.4, usegmt=True)
    patience = msgspec.structs.replace(QUICK, first_wait=60.0, longest_wait=60.0, retry_after=3.0)
    site.get(sends(b"", status, Retry_After=value), serves(DATA), patience=patience)
    assert site.part.read_bytes() == DATA
    assert any(note.startswith(f"next try in 1 s: it answers {status}") for _, _, note in site.told)


def test_a_server_that_asks_for_too_long_a_pause_is_left(site: Site) -> None:
    error = failed(site, sends(b"", 503, Retry_After="3600"), serves(DATA))
    assert len(site.web.asked) == 1
    assert error.again


@pytest.mark.parametrize("value", ["soon", "-5", "Wed, 99 Foo 2030", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_pause_that_nobody_understands_is_the_usual_one(value: str, site: Site) -> None:
    site.get(sends(b"", 503, Retry_After=value), serves(DATA))
    assert site.part.read_bytes() == DATA


def test_a_server_that_says_nothing_is_given_up_and_what_came_is_kept(site: Site) -> None:
    error = failed(site, serves(DATA, upto=PART, stall=3))
    assert error.again
    assert "next to nothing came for" in str(error)
    assert "0.3 MB of it are kept" in str(error)
    assert site.part.read_bytes() == DATA[:PART]


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(site: Site) -> None:
    error = failed(site, drips(b"x" * 1000, 0.1))
    assert error.again
    assert "next to nothing" in str(error)


def test_an_address_that_never_answered_is_not_tried_for_long(site: Site) -> None:
    site.web.close()
    error = failed(site, serves(DATA), patience=msgspec.structs.replace(QUICK, tries=50))
    assert error.again
    assert "no connection" in str(error)


def test_a_web_page_is_no_archive_and_what_came_before_is_kept(site: Site) -> None:
    """As a network answers that needs its users to log in first."""
    failed(site, serves(DATA, upto=PART), hangs_up)
    error = failed(site, sends(b"<html>log in", Content_Type="text/html; charset=utf-8"))
    assert "log in" in str(error)
    assert not error.again
    assert site.part.read_bytes() == DATA[:PART]


def test_a_redirect_is_followed_and_the_range_with_it(site: Site) -> None:
    assert site.get(moved, serves(DATA, upto=PART), moved, serves(DATA)) is True
    assert site.web.asked == ["/o.tar.gz", "/elsewhere"] * 2
    assert site.ranges[-1] == f"bytes={PART}-"
    assert site.part.read_bytes() == DATA


def test_redirects_for_ever_are_an_end(site: Site) -> None:
    assert not failed(site, moved).again


@pytest.mark.parametrize("address", ["http://[::1", "nonsense", "ftp://127.0.0.1/x"])
def test_an_address_that_is_none_is_said(address: str, site: Site) -> None:
    assert not failed(site, serves(DATA), address=address).again


# ---------------------------------------------------------------- proxies


def test_the_proxy_of_the_environment_is_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", site.web.address)
    site.get(serves(DATA), address="http://nobody.invalid/o.tar.gz")
    assert site.web.asked == ["http://nobody.invalid/o.tar.gz"]
    assert site.part.read_bytes() == DATA


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "http_proxy"])
def test_a_proxy_has_several_names(name: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, site.web.address)
    site.get(serves(DATA), address="http://nobody.invalid/o.tar.gz")
    assert site.part.read_bytes() == DATA


def test_no_proxy_is_asked_for_what_no_proxy_names(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    site.get(serves(DATA))
    assert site.web.asked == ["/o.tar.gz"]


def test_a_proxy_that_refuses_is_named_without_its_password(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", site.web.address.replace("//", "//me:secret@"))
    error = failed(site, refuses(403, "not you"), address="https://nobody.invalid/o.tar.gz")
    assert f"the proxy {site.web.address} refused" in str(error)
    assert "403 not you" in str(error)
    assert "secret" not in str(error)
    assert len(site.web.asked) == 1
    assert not error.again


def test_a_proxy_that_refuses_plain_http_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", site.web.address)
    error = failed(site, refuses(407, "who are you"), address="http://nobody.invalid/o.tar.gz")
    assert f"407 who are you (through the proxy {site.web.address})" in str(error)


def test_a_proxy_that_nobody_is_at_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    address = site.web.address
    monkeypatch.setenv("HTTPS_PROXY", address)
    site.web.close()
    error = failed(site, serves(DATA), address="https://nobody.invalid/o.tar.gz")
    assert f"no connection (through the proxy {address})" in str(error)


@pytest.mark.parametrize("proxy", ["ftp://x", "socks9://x:1"])
def test_a_proxy_that_is_none_is_said(proxy: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    error = failed(site, serves(DATA))
    assert "proxy" in str(error)
    assert not error.again


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_is_understood(scheme: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:9")
    assert "no connection" in str(failed(site, serves(DATA)))


def test_certificates_that_are_not_there_are_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    error = failed(site, serves(DATA), address=site.web.address.replace("http:", "https:"))
    assert "certificates" in str(error)


# ---------------------------------------------------------------- ended at any moment


@pytest.mark.parametrize(
    "answer",
    [serves(DATA, upto=PART, stall=30), serves(DATA, upto=0, stall=30), drips(b"x" * 1000, 1.0)],
    ids=["stalled", "nothing yet", "dripping"],
)
def test_a_stop_ends_the_wait_for_a_server_at_once(answer: Answer, site: Site) -> None:
    patience = msgspec.structs.replace(QUICK, stall=60.0)
    site.stop = lambda _note: len(site.told) > 5
    with pytest.raises(CancelledError):
        site.get(answer, patience=patience)
    assert len(site.web.asked) == 1


def test_a_stop_ends_the_wait_for_the_next_try_at_once(site: Site) -> None:
    patience = msgspec.structs.replace(QUICK, first_wait=60.0, longest_wait=60.0)
    site.stop = lambda note: note.startswith("next try")
    with pytest.raises(CancelledError):
        site.get(serves(DATA, upto=PART), serves(DATA), patience=patience)
    assert site.part.read_bytes() == DATA[:PART], "what came is kept"


def test_what_a_watched_call_raises_is_raised() -> None:
    def broken() -> int:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        watched(broken, lambda: None)


def test_a_watched_call_is_told_of_meanwhile() -> None:
    gate, ticks = threading.Event(), []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            gate.set()

    assert watched(lambda: gate.wait(30), tick)
    assert len(ticks) >= 3
