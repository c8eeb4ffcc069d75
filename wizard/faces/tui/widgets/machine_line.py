"""How busy this machine is: cores and memory of the last minutes, in one line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from textual.widgets import Static

from wizard.faces.tui.render import MUTED, join, text

SAMPLES = 60
SAMPLE_SECONDS = 2.0
BLOCKS = "▁▂▃▄▅▆▇█"
LEAST, MOST = 8, 40
WORDS = 46
"""Cells of the words in the line."""


@dataclass(frozen=True)
class Sample:
    """One look: the parts of all cores and of memory in use, 0 to 1; memory in use and in all, in bytes."""

    cores: float
    memory: float
    used: int
    total: int


def sample() -> Sample:
    """What this machine does now; cores since the last look."""
    import psutil

    memory = psutil.virtual_memory()
    used = memory.total - memory.available
    return Sample(psutil.cpu_percent() / 100, used / memory.total, used, memory.total)


def sparks(parts: Iterable[float]) -> str:
    """Parts (0 to 1) as blocks of that height: of all there is, where Textual's Sparkline takes the highest."""
    return "".join(BLOCKS[max(0, min(len(BLOCKS) - 1, int(part * len(BLOCKS))))] for part in parts)


class MachineLine(Static):
    """Cores and memory as sparklines with their numbers."""

    def __init__(self) -> None:
        super().__init__(id="machine", markup=False)
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)

    def on_mount(self) -> None:
        """Look now and then, as long as it is shown."""
        self.look()
        self.set_interval(SAMPLE_SECONDS, self.look)

    def look(self) -> None:
        """Take a sample and draw it."""
        if not self.display:
            return
        self._samples.append(sample())
        last = self._samples[-1]
        room = (self.container_size.width - WORDS) // 2
        shown = list(self._samples)[-max(LEAST, min(MOST, room)) :]
        cores, memory = sparks(sample.cores for sample in shown), sparks(sample.memory for sample in shown)
        numbers = f" {last.used / 1e9:.1f} of {last.total / 1e9:.1f} GB"
        self.update(
            join(
                text("cores ", MUTED), text(cores, "$text-accent"), text(f" {last.cores:4.0%}"),
                text("   memory ", MUTED), text(memory, "$text-accent"), text(numbers),
            )
        )  # fmt: skip
