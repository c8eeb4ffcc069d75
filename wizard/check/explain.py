"""The long text of a finding's code: what, why, how to see it for oneself, what to do, and where it is from."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from wizard.catalogue.model import Catalogue
from wizard.catalogue.selection import Selection, follow
from wizard.check.check import only
from wizard.check.findings import texts
from wizard.check.resolved import resolve
from wizard.machine.survey import ordinary_linux


class Explanation(msgspec.Struct, frozen=True):
    """All there is to say of a code.

    of: what has it: a finding, an error, a check of the doctor, a cause in a log. examples: (what,
    why) of selections that have a finding, each once; what a check may come to. exit_code: an
    error's, 0 for the others.
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
    text = texts()[code]
    return Explanation(
        code,
        "finding",
        text.severity,
        opened(text.what),
        opened(text.why),
        opened(text.confirm),
        tuple(opened(cure) for cure in text.cure),
        opened(text.source),
        _examples(code, catalogue) if catalogue else (),
    )


def opened(words: str) -> str:
    """Words with their {names} shown as <names>."""
    return re.sub(r"\{(\w+)\}", r"<\1>", words)


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
                for one in only(code, resolve(chosen, catalogue, here)):
                    found[one.what, one.why] = None
                if len(found) >= most:
                    return tuple(found)[:most]
        if found:
            break
    return tuple(found)
