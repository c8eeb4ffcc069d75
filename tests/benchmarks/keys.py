"""How long a key press takes to its paint, in a real terminal, while a build's log grows quickly.

    python -m tests.benchmarks.keys [LINES A SECOND]

Letters are typed into the search field of the build screen; each is timed until the terminal gets it back.
Prints median, 95th percentile and longest, in milliseconds, without and with the storm.
"""

from __future__ import annotations

import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from fcntl import ioctl
from pathlib import Path

KEYS = 200
PAUSE_SECONDS = 0.06
STORM = 10_000
STAGE = "configure"
LETTERS = b"xz"
"""Letters that nothing else on the screen draws anew."""

BACKSPACE = b"\x7f"


def show(folder: Path) -> None:
    """The app on a build in `folder`, as a builder at work would show it."""
    import filelock

    from tests.faces.tui.story import Story
    from tests.support.fakes import HERE
    from wizard.base.folders import Folders
    from wizard.builds.folder import LOCK, PLAN
    from wizard.catalogue.selection import Selection
    from wizard.faces.tui.app import WizardApp
    from wizard.plan.batch import to_json
    from wizard.session.session import Session

    session = Session(Folders(folder / "cache", folder / "data", folder / "state"), HERE)
    plan = session.plan(session.check_selection(Selection(target="aarch64-linux")))
    build = Path(plan.build_folder)
    build.mkdir(parents=True)
    (build / PLAN).write_bytes(to_json(plan))
    story = Story(plan)
    story.done_until(STAGE)
    story.begin(STAGE)
    story.write(STAGE, "begun\n")
    with filelock.FileLock(build / LOCK):
        WizardApp(session=session, plan=plan).run()


def storm(log: Path, rate: int) -> None:
    """Write lines into a log until it is ended."""
    begin, written = time.monotonic(), 0
    with log.open("a", buffering=1 << 16) as file:
        while True:
            due = int((time.monotonic() - begin) * rate)
            file.writelines(
                f"  OCAMLOPT PART{number} 0123456789 OF 0123456789\n" for number in range(written, due)
            )
            file.flush()
            written = due
            time.sleep(0.01)


class Terminal:
    """A pseudo-terminal with the app in it."""

    def __init__(self, folder: Path) -> None:
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execvpe(sys.executable, [sys.executable, "-m", "tests.benchmarks.keys", "--app", str(folder)], env)
        ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))

    def press(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def read(self, seconds: float) -> bytes:
        """What comes within that time, as soon as something does."""
        if select.select([self._terminal], [], [], seconds)[0]:
            try:
                return os.read(self._terminal, 1 << 16)
            except OSError:
                return b""
        return b""

    def until(self, words: bytes, seconds: float = 30.0) -> float:
        """Seconds until `words` came."""
        begin, seen = time.perf_counter(), b""
        while words not in seen:
            assert time.perf_counter() - begin < seconds, f"{words!r} did not come"
            seen = seen[-100:] + self.read(0.5)
        return time.perf_counter() - begin

    def drain(self, seconds: float) -> None:
        """Read and forget for that time."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def end(self) -> None:
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)


def measure(rate: int) -> list[float]:
    """Milliseconds of each key, with `rate` lines a second arriving."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        terminal = Terminal(folder)
        writer: subprocess.Popen[bytes] | None = None
        try:
            terminal.until(b"begun")
            log = next(folder.glob(f"state/builds/*/logs/{STAGE}.log"))
            if rate:
                command = [sys.executable, "-m", "tests.benchmarks.keys", "--storm", str(log), str(rate)]
                writer = subprocess.Popen(command)
            terminal.drain(2)
            terminal.press(b"/")
            terminal.drain(1)
            times = []
            for number in range(KEYS):
                letter = LETTERS[number % 2 : number % 2 + 1]
                terminal.press(letter)
                times.append(terminal.until(letter) * 1000)
                terminal.press(BACKSPACE)
                terminal.drain(PAUSE_SECONDS + number % 7 * 0.005)
            return times
        finally:
            if writer is not None:
                writer.kill()
                writer.wait()
            terminal.end()


def main() -> None:
    """Measure and print."""
    match sys.argv[1:]:
        case ["--app", folder]:
            show(Path(folder))
        case ["--storm", log, rate]:
            storm(Path(log), int(rate))
        case rest:
            for lines in (0, int(rest[0]) if rest else STORM):
                times = measure(lines)
                edge = statistics.quantiles(times, n=20)[-1]
                print(
                    f"{lines:>7,} lines/s: a key is painted after {statistics.median(times):5.1f} ms (median), "
                    f"{edge:5.1f} ms (95 %), {max(times):5.1f} ms (longest) of {len(times)}"
                )


if __name__ == "__main__":
    main()
