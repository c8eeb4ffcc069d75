"""A web server on this machine that answers as it is asked to: whole, in parts, interrupted, slowly, or not."""

from __future__ import annotations

import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wizard.fetch.attempts import Patience

Request = http.server.BaseHTTPRequestHandler
Answer = Callable[[Request], None]

QUICK = Patience(connect=2.0, stall=0.4, tries=3, first_wait=0.02, longest_wait=0.05, retry_after=1.0, client=0.6)
"""As patient as tests are."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Who asks may hang up."""


class Web:
    """The server. Each request takes the next of `answers`; the last one is given for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._taking = threading.Lock()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with web._taking:
                    web.asked.append(self.path)
                    web.headers.append({name.lower(): value for name, value in self.headers.items()})
                    answer = web.answers.pop(0) if len(web.answers) > 1 else web.answers[0]
                self.close_connection = True
                answer(self)

            do_CONNECT = do_HEAD = do_GET  # noqa: N815 - so http.server looks it up

            def log_message(self, *_args: object) -> None:
                pass

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        """Nobody listens any more."""
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def web(*answers: Answer) -> Iterator[Web]:
    """A server for a while."""
    server = Web(*answers)
    try:
        yield server
    finally:
        server.close()


def sends(data: bytes, status: int = 200, length: int | None = None, **headers: str) -> Answer:
    """The data, whatever part of it was asked for; it says `length` where it lies about that."""

    def answer(request: Request) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def serves(data: bytes, *, upto: int | None = None, etag: str = '"one"', stall: float = 0.0) -> Answer:
    """The part of the data that was asked for, as a good server; it breaks off at the offset `upto`.

    stall: seconds for which it says nothing before it does so.
    """

    def answer(request: Request) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(asked[1]) if asked and request.headers.get("If-Range", etag) == etag else 0
        if start >= len(data):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(data)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.send_header("Content-Length", str(len(data) - start))
        if etag:
            request.send_header("ETag", etag)
        request.end_headers()
        request.wfile.write(data[start:upto])
        request.wfile.flush()
        time.sleep(stall)

    return answer


def drips(data: bytes, seconds: float) -> Answer:
    """A byte at a time, so that something always comes."""

    def answer(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        for number in range(len(data)):
            request.wfile.write(data[number : number + 1])
            request.wfile.flush()
            time.sleep(seconds)

    return answer


def moved(request: Request) -> None:
    """Says that the file is at /elsewhere."""
    request.send_response(302)
    request.send_header("Location", "/elsewhere")
    request.send_header("Content-Length", "0")
    request.end_headers()


def hangs_up(request: Request) -> None:
    """Ends the connection without a word."""
    request.connection.close()


def refuses(status: int, reason: str) -> Answer:
    """A proxy that lets nobody through, or a server that says no."""

    def answer(request: Request) -> None:
        request.send_response(status, reason)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer
