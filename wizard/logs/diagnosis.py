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
from wizard.logs.lines import SEARCHED, Line, clean
from wizard.logs.matchers import Facts, Matcher, MatcherFix

Outcome = Literal["known", "unknown", "nothing"]

SHOWN = 400
"""Characters of a line that are shown."""

BEFORE, AFTER = 3, 2
"""Lines shown around the one that names the cause."""

FAR = 1 << 14
"""Bytes before and after that line in which they are looked for."""


class LogLine(msgspec.Struct, frozen=True):
    """A line of a log and its number, from 1."""

    number: int
    text: str


class Remedy(Fix, frozen=True, omit_defaults=True):
    """A fix of a failure: the words and the command, or what to change in the selection or in the environment.

    changes: fields of the selection by name. environment: variables to set, "" to unset one.
    fresh: begin again with a tree that is unpacked anew.
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


def diagnose_file(path: Path, facts: Facts | None = None, config: Path | None = None) -> Diagnosis:
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
    return InputError("log-unreadable", f"{name} cannot be read", why, "check the path")


def diagnose(file: BinaryIO, name: str, facts: Facts | None = None, config: Path | None = None) -> Diagnosis:
    """The diagnosis of a log that is open at its beginning and can be read again."""
    facts = facts or Facts()
    if config_log.is_one(file):
        return _of_config_log(file, name, facts)
    found = find_cause(file, facts)
    one = _said(found, file, name)
    if config is not None and found.ended is not None and found.ended.text.startswith(b"configure: error:"):
        return _deeper(one, config, found.facts)
    return one


def _deeper(diagnosis: Diagnosis, config: Path, facts: Facts) -> Diagnosis:
    """What configure's own log says of an error of configure, where a matcher knows it."""
    try:
        with config.open("rb") as file:
            deep = _of_config_log(file, str(config), facts) if config_log.is_one(file) else diagnosis
    except OSError:
        return diagnosis
    if deep.outcome != "known" or deep.code == diagnosis.code:
        return diagnosis
    return msgspec.structs.replace(deep, led_to=diagnosis.text, led_line=diagnosis.line)


def _of_config_log(file: BinaryIO, name: str, facts: Facts) -> Diagnosis:
    """Only the last probe counts: configure's other probes fail by design."""
    part = config_log.last_probe(file)
    if part is None:
        return Diagnosis("nothing", name, stage=facts.stage)
    found = find_cause(io.BytesIO(part.text), facts)
    one = _said(found, io.BytesIO(part.text), name)
    moved = tuple(msgspec.structs.replace(line, number=line.number + part.line - 1) for line in one.context)
    suspects = tuple(msgspec.structs.replace(line, number=line.number + part.line - 1) for line in one.suspects)
    line = one.line + part.line - 1 if one.line else 0
    return msgspec.structs.replace(one, line=line, context=moved, suspects=suspects)


def _said(found: Found, file: BinaryIO, name: str) -> Diagnosis:
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
    one: Matcher = hit.known.matcher
    caught = {key: plain_line(text)[:SHOWN] for key, text in hit.caught.items()}
    return Diagnosis(
        "known",
        name,
        hit.line.number,
        shown(hit.line.text),
        hit.known.code,
        filled(one.what, caught),
        filled(one.meaning, caught),
        filled(one.confirm, caught),
        tuple(_remedy(fix, caught) for fix in one.fixes),
        _context(file, hit.line),
        (),
        _end_of(found, hit.line),
        found.ended.number if found.ended else 0,
        found.facts.stage,
        one.source,
        hit.line.offset,
    )


def _end_of(found: Found, line: Line) -> str:
    """The words in which the build gave up, where they are not the cause's own line."""
    return shown(found.ended.text) if found.ended and found.ended.number != line.number else ""


def _remedy(fix: MatcherFix, caught: dict[str, str]) -> Remedy:
    return Remedy(
        filled(fix.text, caught),
        None,
        filled(fix.command, caught),
        {field: filled(value, caught) for field, value in fix.changes.items()},
        {name: filled(value, caught) for name, value in fix.environment.items()},
        fix.fresh,
    )


def first_words(fix: Remedy) -> str:
    """A fix in one line: what to do, and the command."""
    return f"{fix.text}: {fix.command}" if fix.command else fix.text


def filled(words: str, caught: dict[str, str]) -> str:
    """`words` with each {name} replaced that was caught; other braces stay."""
    text = re.sub(r"\{(\w+)\}", lambda name: caught.get(name[1], name[0]), words)
    return text.replace(" ()", "")


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
