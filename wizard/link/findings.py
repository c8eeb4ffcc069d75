"""What a coverage comes to, as findings: what keeps the code from linking, what will fail when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from wizard.check.findings import SEVERITIES, Finding, Fix, errors, finding
from wizard.link.closure import Coverage, Need
from wizard.link.code import NotCompiled
from wizard.link.known import Known

_MOST_NAMES = 4

UNIKERNEL = "nolibc"
"""The C library of unikernels, as known.toml calls it: some advice is another for it."""


class Answer(msgspec.Struct, frozen=True):
    """Whether code links with a C library. title: of the library, in words."""

    title: str
    coverage: Coverage
    not_compiled: tuple[NotCompiled, ...]
    findings: tuple[Finding, ...]

    @property
    def links(self) -> bool:
        """True where nothing keeps it from linking."""
        return not errors(self.findings)

    @property
    def stubs_used(self) -> bool:
        """True where it calls functions that abort or never work."""
        return any(found.severity == "warning" for found in self.findings)


def answer(
    title: str, found: Coverage, not_compiled: tuple[NotCompiled, ...], known: Known, other: Fix | None = None
) -> Answer:
    """A coverage with its findings, the gravest first.

    title: of what the code is linked with. other: a C library that has what is missing.
    """
    findings = (*_refused(not_compiled), *_missing(found, known, other), *_twice(found), *_stubs(found))
    library = known.library.get(found.library)
    if library is not None and library.title not in title:
        title = f"{library.title} ({title})"
    ordered = tuple(sorted(findings, key=lambda known_finding: SEVERITIES.index(known_finding.severity)))
    return Answer(title, found, not_compiled, ordered)


def few(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _refused(not_compiled: tuple[NotCompiled, ...]) -> Iterator[Finding]:
    for refused in not_compiled:
        yield finding("coverage-not-compiled", file=refused.file, error=refused.error)


def _missing(found: Coverage, known: Known, other: Fix | None) -> Iterator[Finding]:
    own = [need for need in found.missing if need.objects]
    if own:
        yield finding(
            "coverage-missing",
            (*_advice(own, found.library, known), *([other] if other else ())),
            names=few([need.symbol for need in own]),
        )
    in_turn = [need for need in found.missing if not need.objects]
    if in_turn:
        yield finding(
            "coverage-missing-in-turn", tuple(_advice(in_turn, found.library, known)),
            names=few([need.symbol for need in in_turn]),
            way=f"{in_turn[0].symbol}, by way of {', '.join(in_turn[0].via)}",
        )  # fmt: skip


def _advice(missing: Sequence[Need], library: str, known: Known) -> Iterator[Fix]:
    """What to do about the missing symbols, for each kind of them."""
    kinds: dict[str, list[str]] = {}
    for need in missing:
        kind = known.advice_on(need.symbol)
        kinds.setdefault(kind.about if kind else "", []).append(need.symbol)
    for kind in known.advice:
        names = kinds.get(kind.about)
        if names:
            text = (kind.nolibc if library == UNIKERNEL else "") or kind.text
            yield Fix(f"{kind.about} ({few(names)}): {text}")
    if "" in kinds:
        yield Fix(
            f"{few(kinds[''])}: name the library that has them (--library PATH), or leave out what calls them"
        )


def _twice(found: Coverage) -> Iterator[Finding]:
    if found.clashes:
        names = list(dict.fromkeys(clash.symbol for clash in found.clashes))
        first = found.clashes[0]
        yield finding("coverage-twice", names=few(names), first=first.first, second=first.second)


def _stubs(found: Coverage) -> Iterator[Finding]:
    for code, kind in (("coverage-aborts", "aborts"), ("coverage-fails", "fails")):
        names = [stub.symbol for stub in found.stubs(kind)]
        if names:
            yield finding(code, names=few(names))
    for stub in found.stubs("limited"):
        if stub.stub is not None:
            yield finding("coverage-limited", name=stub.symbol, how=stub.stub.reason)
