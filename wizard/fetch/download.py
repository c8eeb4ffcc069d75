"""Downloads a file by HTTP: continues where an earlier try stopped, tries again, can be stopped at any moment."""

from __future__ import annotations

import concurrent.futures
import email.utils
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
import tenacity

from wizard import __version__
from wizard.fetch.attempts import AttemptError, OnProgress, Patience

T = TypeVar("T")

TICK_SECONDS = 0.1
MIN_PROGRESS = 1 << 16
"""Bytes; a try that received fewer counts as a try without progress."""

MIN_RATE = 100
"""Bytes a second; a server that sends fewer for the time of a stall has stalled."""

MAX_BYTES = 1 << 30
TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Origin(msgspec.Struct, frozen=True):
    """Where the bytes of a part file came from; `etag` is "" where the server gave no strong one."""

    address: str
    etag: str


def download(address: str, file: str, part: Path, progress: OnProgress, patience: Patience) -> bool:
    """Make `part` the whole file at `address`; what `part` holds already is not requested again.

    Returns True where the file came in pieces, of which the first may be of another file:
    only its digest says so. Proxies come from the environment. Raises AttemptError, with
    the received part in `part`, and OSError where `part` cannot be written.
    """
    timeout = httpx.Timeout(patience.stall, connect=patience.connect)
    try:
        client = httpx.Client(follow_redirects=True, timeout=timeout, headers=_HEADERS)
    except (ValueError, ImportError, OSError, httpx.InvalidURL) as error:
        # OSError: a file with certificates that is not there.
        reason = masked(str(error))
        raise AttemptError(f"the environment's proxy or certificates cannot be used: {reason}") from None
    with client:
        return _Download(client, address, file, part, progress, patience).run()


# Ranges count the bytes of the file itself, so nobody may compress it on the way.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": f"ocaml-cross-wizard/{__version__}"}


class _Download:
    """One file from one address."""

    def __init__(
        self, client: httpx.Client, address: str, file: str, part: Path, progress: OnProgress, patience: Patience
    ) -> None:
        self._client, self._address, self._file, self._part = client, address, file, part
        self._progress, self._patience = progress, patience
        self._got = part.stat().st_size if part.exists() else 0
        self._total = 0
        self._note = self._last_error = ""
        self._answered = False
        self._got_before = 0
        self._backoff = tenacity.wait_exponential(patience.first_wait, patience.longest_wait)
        self._jitter = tenacity.wait_random(0, patience.first_wait)

    def run(self) -> bool:
        """Try until the file is complete, or another try is useless. True where it came in pieces."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, AttemptError) and error.again),
            after=self._reset_count,
            stop=self._give_up,
            wait=self._wait,
            sleep=self._pause,
            reraise=True,
        )
        try:
            return bool(retrying(self._try))
        except AttemptError as error:
            partial = f"; {self._got / 1e6:.1f} MB of it are kept" if self._got else ""
            raise AttemptError(f"{error}{partial}", again=error.again) from None

    # --- when to try again --------------------------------------------------------------------------------------

    def _reset_count(self, state: tenacity.RetryCallState) -> None:
        """Count the tries from the last try that received something."""
        self._last_error = str(_error_of(state))
        if self._got - self._got_before >= MIN_PROGRESS:
            state.attempt_number = 1

    def _give_up(self, state: tenacity.RetryCallState) -> bool:
        tries = self._patience.tries if self._answered else self._patience.unheard
        return state.attempt_number >= tries or _error_of(state).wait > self._patience.retry_after

    def _wait(self, state: tenacity.RetryCallState) -> float:
        return _error_of(state).wait or self._backoff(state) + self._jitter(state)

    def _pause(self, seconds: float) -> None:
        """Wait for the next try, and report that."""
        self._note = f"next try in {max(1, round(seconds))} s: {self._last_error}"
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._tick()
            time.sleep(min(TICK_SECONDS, left))

    def _tick(self) -> None:
        self._progress(self._file, self._got, self._total, self._note)

    # --- one try ------------------------------------------------------------------------------------------------

    def _try(self) -> bool:
        self._got_before = self._got
        try:
            request = self._client.build_request("GET", self._address, headers=self._range())
            self._note = f"asking {request.url.host}"
            answer = watched(lambda: self._client.send(request, stream=True), self._tick)
            self._answered = True
            try:
                return self._receive(answer)
            finally:
                answer.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failure(error) from None

    def _range(self) -> dict[str, str]:
        """The headers that request the rest alone; If-Range, so that a file that has changed comes whole."""
        if not self._got:
            return {}
        rest = {"Range": f"bytes={self._got}-"}
        try:
            origin = msgspec.json.decode(_origin_path(self._part).read_bytes(), type=_Origin)
        except (OSError, msgspec.DecodeError):
            return rest
        same = origin.address == self._address and origin.etag
        return {**rest, "If-Range": origin.etag} if same else rest

    def _receive(self, answer: httpx.Response) -> bool:
        """Write what the answer holds to the part file. True where that is not the whole file."""
        start = self._start_of(answer)
        length = answer.headers.get("content-length", "")
        self._total = start + int(length) if length.isdecimal() else 0
        self._got, self._note = start, "resumed" if start else ""
        etag = answer.headers.get("etag", "")
        origin = _Origin(self._address, "" if etag.startswith("W/") else etag)
        _origin_path(self._part).write_bytes(msgspec.json.encode(origin))
        chunks = answer.iter_raw()
        since, base = time.monotonic(), start
        with self._part.open("ab" if start else "wb") as file:
            while chunk := watched(lambda: next(chunks, b""), self._tick):
                file.write(chunk)
                self._got += len(chunk)
                self._tick()
                if self._got > MAX_BYTES:
                    self._forget()
                    raise AttemptError(f"it sends more than {MAX_BYTES >> 20} MiB")
                now = time.monotonic()
                if now - since >= self._patience.stall:
                    if self._got - base < MIN_RATE * (now - since):
                        raise AttemptError(self._stalled, again=True)
                    since, base = now, self._got
        return start > 0

    def _start_of(self, answer: httpx.Response) -> int:
        """The offset at which the answer's bytes belong. Raises AttemptError for an answer without the file."""
        status = answer.status_code
        if status == 206:
            content_range = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("content-range", ""))
            if self._got and content_range and int(content_range[1]) == self._got:
                return self._got
        if status in (206, 416):
            # Nothing that fits what was received: begin again, without requesting a part.
            self._forget()
            raise AttemptError("it could not give the rest of the file", again=True)
        if status != 200:
            words = f"it answers {status} {answer.reason_phrase}".rstrip() + self._through
            raise AttemptError(words, again=status in TEMPORARY, wait=_retry_after(answer))
        if answer.headers.get("content-type", "").startswith("text/html"):
            raise AttemptError("it answers with a web page, as networks do that want you to log in first")
        return 0

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._got = self._got_before = 0

    @property
    def _stalled(self) -> str:
        return f"next to nothing came for {self._patience.stall:.0f} s{self._through}"

    @property
    def _through(self) -> str:
        proxy = _proxy_of(self._address)
        return f" (through the proxy {proxy})" if proxy else ""

    def _failure(self, error: httpx.HTTPError | httpx.InvalidURL) -> AttemptError:
        """What went wrong in the connection, in words, with the proxy where there is one."""
        reason = masked(str(error) or type(error).__name__)
        match error:
            case httpx.ProxyError():
                return AttemptError(f"the proxy {_proxy_of(self._address)} refused: {reason}")
            case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in reason:
                return AttemptError(
                    f"its certificate is not trusted{self._through}; where your network has its own, "
                    f"name that in SSL_CERT_FILE: {reason}"
                )
            case httpx.ConnectError() | httpx.ConnectTimeout():
                return AttemptError(f"no connection{self._through}: {reason}", again=True)
            case httpx.TimeoutException():
                return AttemptError(self._stalled, again=True)
            case httpx.NetworkError() | httpx.RemoteProtocolError():
                return AttemptError(f"the connection broke off{self._through}: {reason}", again=True)
        return AttemptError(reason)


def watched(call: Callable[[], T], tick: Callable[[], None]) -> T:
    """The result of `call`, which may wait long for the network; meanwhile `tick` is called.

    What `tick` raises ends the wait at once: `call` runs in a thread of its own, and is abandoned.
    """
    result: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        try:
            result.set_result(call())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    while not concurrent.futures.wait([result], timeout=TICK_SECONDS).done:
        tick()
    return result.result()


def _origin_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _error_of(state: tenacity.RetryCallState) -> AttemptError:
    """Why a try that is made again has failed."""
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, AttemptError)
    return error


def _retry_after(answer: httpx.Response) -> float:
    """The seconds that a server asks to wait, in either of HTTP's two forms; 0 where it does not."""
    value = answer.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def _proxy_of(address: str) -> str:
    """The proxy through which an address is requested, its password hidden; "" where there is none."""
    url = httpx.URL(address)
    proxies = urllib.request.getproxies()
    if not proxies or urllib.request.proxy_bypass(url.host):
        return ""
    return masked(proxies.get(url.scheme) or proxies.get("all") or "")


def masked(text: str) -> str:
    """The text without the names and passwords of the addresses in it."""
    return re.sub(r"//[^/@\s]*@", "//", text)
