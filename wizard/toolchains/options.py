"""The options of wrapper scripts and what each does, from options.toml."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.steps.script import Option


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    option: dict[str, str]


@functools.cache
def known_options() -> dict[str, str]:
    """Option, or its beginning up to "=" -> what it does."""
    text = Path(__file__).with_name("options.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _Table, name="options.toml", code="toolchain").option


def explained(texts: Iterable[str]) -> tuple[Option, ...]:
    """The options with what they do; those that the table does not have are left out."""
    table = known_options()
    whys = ((text, table.get(text) or table.get(f"{text.partition('=')[0]}=")) for text in texts)
    return tuple(Option(text, why) for text, why in whys if why)


def options(*texts: str) -> tuple[Option, ...]:
    """The same, in the order of a line."""
    return explained(texts)
