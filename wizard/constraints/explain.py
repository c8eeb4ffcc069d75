"""The long text of a finding's code: what, why, how to see it for oneself, what to do, and where it is from."""

from __future__ import annotations

import re

import msgspec

from wizard.catalogue.model import Catalogue
from wizard.constraints.check import check
from wizard.constraints.findings import Kind, Severity, texts
from wizard.constraints.situation import situation
from wizard.errors import InputError
from wizard.selection import Selection, follow
from wizard.spelling import did_you_mean
from wizard.surroundings import ordinary_linux


class Explanation(msgspec.Struct, frozen=True):
    """All there is to say of a code. examples: (what, why) of selections that have it, each once."""

    code: str
    severity: Severity
    kind: Kind
    what: str
    why: str
    confirm: str
    cure: tuple[str, ...]
    source: str
    examples: tuple[tuple[str, str], ...]


def explain(code: str, catalogue: Catalogue) -> Explanation:
    """The explanation of a finding's code. Raises InputError for a code that no finding has."""
    known = texts()
    if code not in known:
        raise InputError("code-unknown", f"no finding has the code {code!r}", "", did_you_mean(code, known))
    text = known[code]
    return Explanation(
        code,
        text.severity,
        text.kind,
        _open(text.what),
        _open(text.why),
        _open(text.confirm),
        tuple(_open(cure) for cure in text.cure),
        _open(text.source),
        _examples(code, catalogue),
    )


def _open(words: str) -> str:
    """Words with their {names} shown as <names>."""
    return re.sub(r"\{(\w+)\}", r"<\1>", words)


def _examples(code: str, catalogue: Catalogue, most: int = 8) -> tuple[tuple[str, str], ...]:
    """What the code says of real selections, on an ordinary Linux without anything installed."""
    recipes: dict[str, str] = {}
    for release in catalogue.releases.values():
        recipes.setdefault(release.recipe, release.id)
    found: dict[tuple[str, str], None] = {}
    for target in catalogue.machines:
        for libc in catalogue.libcs:
            for release_id in recipes.values():
                chosen = follow(Selection(target, libc, release_id), catalogue, frozenset({"libc"}))
                for one in check(situation(chosen, catalogue, ordinary_linux())):
                    if one.code == code:
                        found[one.what, one.why] = None
    return tuple(found)[:most]
