"""What configure need not ask a C library that is known: a site file of autoconf's, from answers.toml.

Source: autoconf's manual, "Setting Site Defaults" (CONFIG_SITE).
"""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

from wizard.base import tomlfile

NONE = "/dev/null"
"""The site file that answers nothing. Named always, so that no site file of the machine speaks for a target."""

Answer = dict[str, tuple[str, ...]]
""""yes" and "no" -> the names that are answered so, as autoconf's variables spell them."""


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one C library of one version of a toolchain. other: variable -> its value."""

    toolchain: str
    version: str
    libc: str
    why: str
    functions: Answer
    headers: Answer
    types: Answer
    members: Answer
    other: dict[str, str]

    def variables(self) -> dict[str, str]:
        """Autoconf's variables and their values, in a fixed order."""
        kinds = {"func": self.functions, "header": self.headers, "type": self.types, "member": self.members}
        found = {
            f"ac_cv_{kind}_{name}": value
            for kind, answer in kinds.items()
            for value, names in answer.items()
            for name in names
        }
        return {**found, **self.other}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answers: tuple[Answers, ...]


@functools.cache
def known() -> tuple[Answers, ...]:
    """All of answers.toml."""
    text = Path(__file__).with_name("answers.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _File, name="answers.toml", code="answers").answers


def site_text(toolchain: str, version: str, libc: str) -> str:
    """The site file for a C library of a toolchain's version, "" where nothing is known of it."""
    for answers in known():
        if (answers.toolchain, answers.version, answers.libc) == (toolchain, version, libc):
            lines = [f": ${{{name}='{value}'}}" for name, value in answers.variables().items()]
            return "\n".join([f"# What configure need not ask: {answers.why}.", *lines, ""])
    return ""
