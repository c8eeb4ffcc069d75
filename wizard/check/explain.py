"""The long text of a finding's code: what, why, how to see it for oneself, what to do, and where it is from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from wizard.base import codes
from wizard.base.codes import opened
from wizard.catalogue.model import Catalogue
from wizard.catalogue.selection import Selection, follow
from wizard.check.check import only
from wizard.check.resolved import resolve
from wizard.machine.survey import ordinary_linux


class Explanation(msgspec.Struct, frozen=True):
    """All there is to say of a code.

    of: what has it: a finding, an error, a check of the doctor, a cause in a log. examples: (what,
    why) of selections that have a finding, each once; what a check may come to; further messages of an
    error. exit_code: an error's, 0 for the others.
    """

    code: str
    of: Literal["finding", "error", "check", "cause"]
    severity: str
    what: str
    why: str
    confirm: str
    cure: tuple[str, ...]
    source: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    exit_code: int = 0


def explain(code: str, catalogue: Catalogue | None = None) -> Explanation:
    """The explanation of a finding's code, with examples where a catalogue is given. Raises KeyError."""
    entry = codes.findings()[code]
    ways = (f"{way.text}: {way.command}" if way.command else way.text for way in entry.way.values())
    return Explanation(
        code,
        "finding",
        entry.severity,
        opened(entry.what),
        opened(entry.why),
        opened(entry.confirm),
        distinct((*(sentence(opened(way)) for way in ways), *map(opened, entry.cure))),
        opened(entry.source),
        _examples(code, catalogue) if catalogue else (),
    )


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that are not empty, each once."""
    return tuple(dict.fromkeys(text for text in texts if text))


def sentence(words: str) -> str:
    """Words of a message as a sentence. A command that they begin with stays as it is."""
    first = words.split(maxsplit=1)[0]
    if first.isalpha() and first not in _COMMANDS:
        words = words[0].upper() + words[1:]
    return words if words.endswith((".", "?", "!")) or first in _COMMANDS else f"{words}."


_COMMANDS = ("cd",)
"""Commands that are words of English, or look like them."""


def _examples(code: str, catalogue: Catalogue, most: int = 8) -> tuple[tuple[str, str], ...]:
    """What the code says of real selections, on an ordinary Linux without anything installed.

    Of one release of each recipe; of the next only where the ones before give no example.
    """
    recipes: dict[str, str] = {}
    for release in catalogue.releases.values():
        recipes.setdefault(release.recipe, release.id)
    found: dict[tuple[str, str], None] = {}
    here = ordinary_linux()
    for release_id in recipes.values():
        for target in catalogue.machines:
            for libc in catalogue.libcs:
                chosen = follow(Selection(target, libc, release_id), catalogue, frozenset({"libc"}))
                for finding in only(code, resolve(chosen, catalogue, here)):
                    found[finding.what, finding.why] = None
                if len(found) >= most:
                    return tuple(found)[:most]
        if found:
            break
    return tuple(found)
