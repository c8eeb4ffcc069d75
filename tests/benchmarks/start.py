"""How fast the commands start, and what that is against Python itself and a one-label Textual app.

    python tests/benchmarks/start.py

Prints the median of several runs each, in milliseconds, and ratios within this run.
"""

from __future__ import annotations

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 11

COMMANDS = (
    ["--help"],
    ["presets"],
    ["check", "aarch64-linux-musl"],
    ["show", "aarch64-linux-musl"],
    ["explain", "word-size"],
    ["explain", "--list"],
)

ONE_LABEL = """
from textual.app import App
from textual.widgets import Label
class OneLabel(App):
    def compose(self):
        yield Label("one label")
OneLabel().run()
"""


def run_ms(argv: list[str], env: dict[str, str]) -> float:
    """Median wall-clock milliseconds of a command, after one run that fills Python's bytecode cache."""
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[1:])


def first_paint_ms(argv: list[str], env: dict[str, str], words: bytes) -> float:
    """Median milliseconds from start until a terminal program has painted `words`."""
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(argv[0], argv, env)
        seen = b""
        while words not in seen and time.perf_counter() - begin < 20:
            if select.select([terminal], [], [], 0.5)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        times.append((time.perf_counter() - begin) * 1000)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "OCW_HOME": home, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
        # An installed wizard has its bytecode beside it; a checkout gets it here, whatever the caller forbids.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = f"{home}/bytecode"
        python = run_ms([sys.executable, "-c", "pass"], env)
        print(f"{'python -c pass':28} {python:7.0f} ms")
        for words in COMMANDS:
            taken = run_ms([sys.executable, "-m", "wizard", *words], env)
            print(f"{'ocw ' + ' '.join(words):28} {taken:7.0f} ms   {taken / python:4.1f} x python itself")
        plain = first_paint_ms([sys.executable, "-c", ONE_LABEL], env, b"one label")
        wizard = first_paint_ms([sys.executable, "-m", "wizard"], env, b"aarch64 Linux, musl")
        print(f"{'first paint, one label':28} {plain:7.0f} ms")
        print(f"{'first paint, wizard':28} {wizard:7.0f} ms   {wizard / plain:4.2f} x the one-label app")


if __name__ == "__main__":
    main()
