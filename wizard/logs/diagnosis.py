"""A diagnosis: what is wrong in a log, in words, with the lines it is read from."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from wizard.base.errors import InputError
from wizard.base.lines import plain_line
from wizard.check.findings import Fix
from wizard.logs import config_log
from wizard.logs.cause import Found, Hit, find_cause
from wizard.logs.matchers import BuildFacts, MatcherFix
from wizard.logs.suspicious import SEARCHED, Line, clean

Outcome = Literal["known", "unknown", "nothing"]

SHOWN = 400
"""Characters of a line that are shown."""

BEFORE, AFTER = 3, 2
"""Lines shown around the one that names the cause."""

FAR = 1 << 14
"""Bytes before and after that line in which they are searched."""


class LogLine(msgspec.Struct, frozen=True):
    """A line of a log and its number, from 1."""

    number: int
    text: str


class Remedy(Fix, frozen=True, omit_defaults=True):
    """A fix of a failure: the words and the command, or what to change in the selection or in the environment.

    changes: fields of the selection by name. environment: variables to set, "" to unset.
    fresh: begin again with a tree that is unpacked again.
    """

    changes: dict[str, str] = msgspec.field(default_factory=dict)
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    fresh: bool = False

    @property
    def applies(self) -> bool:
        """True where the wizard can do it for the user."""
        return self.selection is not None or bool(self.environment) or self.fresh


class Diagnosis(msgspec.Struct, frozen=True):
    """What a log says. known: a matcher has it; unknown: something failed; nothing: nothing failed.

    line: the first that names the cause, 0 where there is none. context: that line with its neighbours.
    led_to: the line in which a program gave up because of it, led_line its number in the log. file: where
    `line` is: the log, or config.log where configure says there what was wrong.
    offset: of that line, in bytes. suspects: where the cause is unknown, the first lines that look like errors.
    """

    outcome: Outcome
    file: str = ""
    line: int = 0
    text: str = ""
    code: str = ""
    what: str = ""
    meaning: str = ""
    confirm: str = ""
    fixes: tuple[Remedy, ...] = ()
    context: tuple[LogLine, ...] = ()
    suspects: tuple[LogLine, ...] = ()
    led_to: str = ""
    led_line: int = 0
    stage: str = ""
    source: str = ""
    offset: int = 0


def diagnose_file(path: Path, facts: BuildFacts | None = None, config: Path | None = None) -> Diagnosis:
    """The diagnosis of a log. `config`: the config.log of the same build, where it is known.

    Raises InputError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return diagnose(file, str(path), facts, config)
    except (OSError, ValueError) as error:
        raise unreadable(str(path), str(error)) from None


def unreadable(name: str, why: str) -> InputError:
    """The error for a log that cannot be read."""
    return InputError("log-unreadable", name=name, reason=why)


def diagnose(file: BinaryIO, name: str, facts: BuildFacts | None = None, config: Path | None = None) -> Diagnosis:
    """The diagnosis of a log that is open at its beginning and can be read again."""
    facts = facts or BuildFacts()
    if config_log.is_config_log(file):
        return _of_config_log(file, name, facts)
    found = find_cause(file, facts)
    diagnosis = _diagnosis(found, file, name)
    if config is not None and found.ended is not None and found.ended.text.startswith(b"configure: error:"):
        return _with_config_log(diagnosis, config, found.facts)
    return diagnosis


def _with_config_log(diagnosis: Diagnosis, config: Path, facts: BuildFacts) -> Diagnosis:
    """What configure's own log says of an error of configure, where a matcher knows it; else `diagnosis`."""
    try:
        with config.open("rb") as file:
            detailed = _of_config_log(file, str(config), facts) if config_log.is_config_log(file) else diagnosis
    except OSError:
        return diagnosis
    if detailed.outcome != "known" or detailed.code == diagnosis.code:
        return diagnosis
    return msgspec.structs.replace(detailed, led_to=diagnosis.text, led_line=diagnosis.line)


def _of_config_log(file: BinaryIO, name: str, facts: BuildFacts) -> Diagnosis:
    """Only the last probe counts: configure's other probes fail by design."""
    probe = config_log.last_probe(file)
    if probe is None:
        return Diagnosis("nothing", name, stage=facts.stage)
    found = find_cause(io.BytesIO(probe.text), facts)
    diagnosis = _diagnosis(found, io.BytesIO(probe.text), name)
    before = probe.line - 1  # lines of the file before the probe
    return msgspec.structs.replace(
        diagnosis,
        line=diagnosis.line + before if diagnosis.line else 0,
        context=_moved(diagnosis.context, before),
        suspects=_moved(diagnosis.suspects, before),
    )


def _moved(lines: tuple[LogLine, ...], by: int) -> tuple[LogLine, ...]:
    return tuple(msgspec.structs.replace(line, number=line.number + by) for line in lines)


def _diagnosis(found: Found, file: BinaryIO, name: str) -> Diagnosis:
    if found.hit is not None:
        return _known(found.hit, found, file, name)
    if not found.failed:
        return Diagnosis("nothing", name, stage=found.facts.stage)
    first = found.suspects[0] if found.suspects else found.ended
    assert first is not None
    suspects = found.suspects or [first]
    return Diagnosis(
        "unknown",
        name,
        first.number,
        shown(first.text),
        context=_context(file, first),
        suspects=tuple(LogLine(line.number, shown(line.text)) for line in suspects),
        led_to=_end_of(found, first),
        led_line=found.ended.number if found.ended else 0,
        stage=found.facts.stage,
        offset=first.offset,
    )


def _known(hit: Hit, found: Found, file: BinaryIO, name: str) -> Diagnosis:
    matcher = hit.matched.matcher
    groups = {key: plain_line(text)[:SHOWN] for key, text in hit.groups.items()}
    return Diagnosis(
        "known",
        name,
        hit.line.number,
        shown(hit.line.text),
        hit.matched.code,
        filled(matcher.what, groups),
        filled(matcher.meaning, groups),
        filled(matcher.confirm, groups),
        tuple(_remedy(fix, groups) for fix in matcher.fixes),
        _context(file, hit.line),
        (),
        _end_of(found, hit.line),
        found.ended.number if found.ended else 0,
        found.facts.stage,
        matcher.source,
        hit.line.offset,
    )


def _end_of(found: Found, line: Line) -> str:
    """The words in which the build gave up, where they are not the cause's own line."""
    return shown(found.ended.text) if found.ended and found.ended.number != line.number else ""


def _remedy(fix: MatcherFix, groups: dict[str, str]) -> Remedy:
    return Remedy(
        filled(fix.text, groups),
        command=filled(fix.command, groups),
        changes={field: filled(value, groups) for field, value in fix.changes.items()},
        environment={name: filled(value, groups) for name, value in fix.environment.items()},
        fresh=fix.fresh,
    )


def first_words(fix: Remedy) -> str:
    """A fix in one line: what to do, and the command."""
    return f"{fix.text}: {fix.command}" if fix.command else fix.text


def filled(text: str, groups: dict[str, str]) -> str:
    """`text` with each {name} replaced that is a group; other braces stay."""
    replaced = re.sub(r"\{(\w+)\}", lambda name: groups.get(name[1], name[0]), text)
    return replaced.replace(" ()", "")


def shown(line: bytes) -> str:
    """A line as it may be shown: nothing in it moves a terminal's cursor."""
    return plain_line(line.decode(errors="replace"))[:SHOWN]


def _context(file: BinaryIO, line: Line) -> tuple[LogLine, ...]:
    """The line with its neighbours, each cut to what is shown."""
    file.seek(max(0, line.offset - FAR))
    before = file.read(line.offset - file.tell()).split(b"\n")[:-1][-BEFORE:]
    after = file.read(FAR).split(b"\n")[: AFTER + 1]
    if after and after[-1] == b"":
        after.pop()
    numbered = enumerate([*before, *after], line.number - len(before))
    return tuple(
        LogLine(number, shown(clean(text[-SEARCHED:] if number < line.number else text[:SEARCHED])))
        for number, text in numbered
    )
