"""What autoconf's configure writes into config.log: the probe in it at which configure gave up."""

from __future__ import annotations

import re
from typing import BinaryIO

import msgspec

_FIRST = b"This file contains any messages produced by compilers"
_GAVE_UP = re.compile(rb"^configure:\d+: error: (?!in [`'])", re.MULTILINE)
_PROBE = re.compile(rb"^configure:\d+: checking ", re.MULTILINE)

READ = 1 << 26
"""Bytes of a config.log that are read."""


class Probe(msgspec.Struct, frozen=True):
    """A part of a config.log: the number of its first line, and its text to the error and a little more."""

    line: int
    text: bytes


def is_config_log(file: BinaryIO) -> bool:
    """True for a config.log; the position in the file stays."""
    offset = file.tell()
    head = file.read(len(_FIRST))
    file.seek(offset)
    return head == _FIRST


def last_probe(file: BinaryIO) -> Probe | None:
    """The probe after which configure gave up; None where it did not."""
    data = file.read(READ)
    errors = list(_GAVE_UP.finditer(data))
    if not errors:
        return None
    stop = data.find(b"\n", errors[0].end())
    probes = [probe.start() for probe in _PROBE.finditer(data, 0, errors[0].start())]
    start = probes[-1] if probes else 0
    return Probe(data.count(b"\n", 0, start) + 1, data[start : stop + 1 if stop >= 0 else len(data)])
