"""The journal: the append-only record of a build, one JSON event a line."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base.files import ends_whole

JOURNAL = "journal.jsonl"

Outcome = Literal["done", "failed", "cancelled"]


class Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    """One event. `at` is seconds since the epoch."""

    at: float = msgspec.field(default_factory=time.time)


class BuildStarted(Event, frozen=True, tag="build-started"):
    """A builder begins, for the first time or again. `pid` is the builder's."""

    build: str
    digest: str
    pid: int
    stages: tuple[str, ...]


class StageSkipped(Event, frozen=True, tag="stage-skipped"):
    """A stage that was complete already. `seconds` is what it took when it was run."""

    stage: str
    seconds: float


class StageStarted(Event, frozen=True, tag="stage-started"):
    """A stage begins. `resumed` is True where an earlier builder was stopped in it."""

    stage: str
    log: str
    resumed: bool = False


class ActionStarted(Event, frozen=True, tag="action-started"):
    """An action of a stage begins. `text` is its line in the preview."""

    stage: str
    text: str


class Transfer(Event, frozen=True, tag="transfer"):
    """The progress of a download: bytes so far, and in all (0 where unknown); `note` says what is unusual."""

    stage: str
    file: str
    got: int
    total: int
    note: str = ""


class StageEnded(Event, frozen=True, tag="stage-ended"):
    """A stage has ended. `seconds` is wall-clock time, `lines` the lines of its log."""

    stage: str
    outcome: Outcome
    seconds: float
    lines: int


class OlderSwitchMoved(Event, frozen=True, tag="older-kept"):
    """The switch that was at a prefix was moved to `path`, because somebody had added to it."""

    stage: str
    prefix: str
    path: str
    added: tuple[str, ...]

    @property
    def words(self) -> str:
        """The event as a person reads it."""
        more = f" and {len(self.added) - 3} more" if len(self.added) > 3 else ""
        names = ", ".join(self.added[:3]) + more
        return f"the older switch held what you had added to it ({names}): it is kept as {self.path}"


class SwitchEnded(Event, frozen=True, tag="switch-ended"):
    """How one plan of a batch has ended, written before the batch itself ends."""

    plan: str
    triplet: str
    prefix: str
    outcome: Outcome
    error: dict[str, str | int] | None = None


class BuildEnded(Event, frozen=True, tag="build-ended"):
    """The build has ended. `error` is `WizardError.as_dict()` where it failed or was cancelled."""

    outcome: Outcome
    prefix: str
    error: dict[str, str | int] | None = None
    stage: str = ""


AnyEvent = (
    BuildStarted
    | StageSkipped
    | StageStarted
    | ActionStarted
    | Transfer
    | StageEnded
    | OlderSwitchMoved
    | SwitchEnded
    | BuildEnded
)

_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Journal:
    """Appends events to a build's journal, from any thread.

    One write a line, so that a reader never sees half an event twice.
    """

    def __init__(self, build_folder: Path) -> None:
        path = build_folder / JOURNAL
        self._file = path.open("ab", buffering=0)
        self._torn = not ends_whole(path)  # a builder that was killed while it wrote has left half a line
        self._lock = threading.Lock()

    def add(self, event: AnyEvent) -> None:
        """Append one event. Raises OSError where not all of it could be written, as on a full disk."""
        data = msgspec.json.encode(event) + b"\n"
        with self._lock:
            if self._torn:  # so that this event has a line of its own
                data = b"\n" + data
            while data:  # an incomplete write is tried again, and fails with the reason
                written = self._file.write(data)
                self._torn = written < len(data)
                data = data[written:]

    def close(self) -> None:
        """Everything written, on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()


def decode_line(line: bytes) -> AnyEvent | None:
    """The event on a line; None for a line that is no event, as a killed builder may leave."""
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def moved_switches(build_folder: Path) -> list[OlderSwitchMoved]:
    """The older switches that a build's last run has moved aside. Empty where there is no journal."""
    moved: list[OlderSwitchMoved] = []
    for event in read_events(build_folder):
        if isinstance(event, BuildStarted):
            moved = []
        elif isinstance(event, OlderSwitchMoved):
            moved.append(event)
    return moved


def read_events(build_folder: Path) -> Iterator[AnyEvent]:
    """Every event of a build so far, in order; none where there is no journal yet."""
    try:
        lines = (build_folder / JOURNAL).read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        event = decode_line(line)
        if event is not None:
            yield event


class JournalTail:
    """Reads a journal as it grows: each `new()` returns the events that came since the last."""

    def __init__(self, build_folder: Path) -> None:
        self._path = build_folder / JOURNAL
        self._offset = 0

    def new(self) -> list[AnyEvent]:
        """The whole lines that came since the last call."""
        try:
            with self._path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._offset:  # the build was removed and begun again
                    self._offset = 0
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return []
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        events = (decode_line(line) for line in data[:whole].splitlines())
        return [event for event in events if event is not None]
