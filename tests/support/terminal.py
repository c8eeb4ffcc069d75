"""A real pseudo-terminal: starts a program in it, types keys, and reads what the screen shows."""

from __future__ import annotations

import base64
import re
import signal
import time
from types import TracebackType

import pexpect
import psutil
import pyte

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "ctrl+c": "\x03", "ctrl+u": "\x15", "backspace": "\x7f",
    "ctrl+o": "\x0f", "ctrl+p": "\x10", "ctrl+q": "\x11", "ctrl+z": "\x1a",
}  # fmt: skip


def _hear_of_a_lost_terminal() -> None:
    """In the program before it begins: under `nohup` the tests ignore this signal, and it would, too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """One program in a terminal of `columns` by `lines`, which is a `term`. written: all that came from it."""

    def __init__(
        self,
        argv: list[str],
        env: dict[str, str],
        *,
        columns: int = 80,
        lines: int = 24,
        term: str = "xterm-256color",
    ) -> None:
        self.written = b""
        self._lost = False
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            argv[0],
            argv[1:],
            env={**env, "TERM": term},
            dimensions=(lines, columns),
            timeout=1,
            preexec_fn=_hear_of_a_lost_terminal,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close(force=True)

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def copied(self) -> list[str]:
        """What the program has put into the clipboard (OSC 52), in order."""
        return [base64.b64decode(one).decode() for one in re.findall(rb"\x1b\]52;c;([\w+/=]*)", self.written)]

    def _read(self, seconds: float) -> bool:
        """Take in what the program writes for a moment; False once it has ended."""
        try:
            read: object = self._child.read_nonblocking(1 << 16, timeout=seconds)
            new = read if isinstance(read, bytes) else str(read).encode()
            self.written += new
            self._stream.feed(new)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def wait_for(self, *words: str, seconds: float = 20) -> str:
        """Read until all `words` stand on the screen; the screen's text. Fails where they do not come."""
        deadline = time.monotonic() + seconds
        while not all(word in self.text for word in words):
            alive = self._read(0.1)
            missing = [word for word in words if word not in self.text]
            assert alive or not missing, f"the program ended without {missing}:\n{self.text}"
            assert time.monotonic() < deadline, f"{missing} did not come:\n{self.text}"
        return self.text

    def wait_without(self, words: str, seconds: float = 20) -> None:
        """Read until `words` do not stand on the screen any more."""
        deadline = time.monotonic() + seconds
        while words in self.text:
            assert self._read(0.1), f"the program ended with {words!r}:\n{self.text}"
            assert time.monotonic() < deadline, f"{words!r} did not go:\n{self.text}"

    def wait_to_write(self, sequence: bytes, times: int, seconds: float = 20) -> None:
        """Read until `sequence` was written so many times since the beginning."""
        deadline = time.monotonic() + seconds
        while self.written.count(sequence) < times:
            assert self._read(0.1), f"the program ended:\n{self.text}"
            assert time.monotonic() < deadline, f"{sequence!r} came {self.written.count(sequence)} times"

    def press(self, *keys: str) -> None:
        """Type keys: names of KEYS, or text as it is."""
        for key in keys:
            self._child.send(KEYS.get(key, key))

    def press_at_once(self, *keys: str) -> None:
        """Type keys so fast that the program reads them all at once."""
        self._child.send("".join(KEYS.get(key, key) for key in keys))

    def stop_and_go_on(self) -> None:
        """Stop the program and let it continue, as somebody's `kill -STOP` and `kill -CONT` do."""
        process = psutil.Process(self._child.pid)
        process.suspend()
        process.resume()

    def click(self, column: int, line: int) -> None:
        """Press and let go the first button of the mouse at that cell, both counted from 0."""
        for end in "Mm":
            self._child.send(f"\x1b[<0;{column + 1};{line + 1}{end}")

    def paste(self, text: str) -> None:
        """Paste, as a terminal does that tells pasted text from typed."""
        self._child.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal larger or smaller."""
        self._screen.resize(lines, columns)
        self._child.setwinsize(lines, columns)

    def lose(self, seconds: float = 20) -> None:
        """Take the terminal away and nothing else; fails where the program does not end by itself."""
        process = psutil.Process(self._child.pid)
        # By the object that owns it: a number that is closed a second time may be another file's by then.
        self._child.ptyproc.fileobj.close()  # type: ignore[attr-defined]
        self._lost = True
        process.wait(seconds)

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        if not self._lost:
            self._child.close(force=True)

    def wait_for_end(self, seconds: float = 20) -> int:
        """The exit code, once the program has ended."""
        deadline = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < deadline, f"it did not end:\n{self.text}"
        self._child.close()
        return int(self._child.exitstatus if self._child.exitstatus is not None else -1)
