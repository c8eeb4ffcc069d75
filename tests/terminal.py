"""A real pseudo-terminal: starts a program in it, types keys, and reads what the screen shows."""

from __future__ import annotations

import time
from types import TracebackType

import pexpect
import pyte

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "ctrl+c": "\x03", "ctrl+u": "\x15", "backspace": "\x7f",
}  # fmt: skip


class Terminal:
    """One program in a terminal of `columns` by `lines`."""

    def __init__(self, argv: list[str], env: dict[str, str], *, columns: int = 80, lines: int = 24) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            argv[0], argv[1:], env={**env, "TERM": "xterm-256color"}, dimensions=(lines, columns), timeout=1
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

    def _read(self, seconds: float) -> bool:
        """Take in what the program writes for a moment; False once it has ended."""
        try:
            data = self._child.read_nonblocking(1 << 16, timeout=seconds)
            self._stream.feed(data if isinstance(data, bytes) else data.encode())
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

    def press(self, *keys: str) -> None:
        """Type keys: names of KEYS, or text as it is."""
        for key in keys:
            self._child.send(KEYS.get(key, key))

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        self._child.close(force=True)

    def wait_for_end(self, seconds: float = 20) -> int:
        """The exit code, once the program has ended."""
        deadline = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < deadline, f"it did not end:\n{self.text}"
        self._child.close()
        return int(self._child.exitstatus if self._child.exitstatus is not None else -1)
