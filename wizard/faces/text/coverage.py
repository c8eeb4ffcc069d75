"""Whether C code will link, and what a library's functions are worth, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.faces.text.plans import as_json, finding_text, table
from wizard.link.instructions import MACHINES

if TYPE_CHECKING:
    from wizard.link.closure import Listing, Need
    from wizard.link.findings import Answer

_MOST_OBJECTS = 3
_STATES = (("defined", "defined"), ("stub", "stubs"), ("missing", "missing"), ("elsewhere", "defined elsewhere"))


def coverage_text(answer: Answer) -> str:
    """An answer as text: counts, each symbol that is missing or a stub, each object, findings, verdict."""
    found = answer.coverage
    counts = [f"{number} {word}" for status, word in _STATES
              if (number := sum(need.status == status for need in found.direct))]  # fmt: skip
    objects = f"{len(found.objects)} object{'s' * (len(found.objects) != 1)}"
    parts = [
        f"{objects} against {answer.title}: {len(found.direct)} symbols from outside"
        + (f" ({', '.join(counts)})" if counts else "")
    ]
    own = [need for need in found.missing if need.objects]
    if own:
        rows = [(need.symbol, _shortened(need.objects)) for need in own]
        parts.append("Missing\n" + table(("symbol", "wanted by"), rows))
    in_turn = [need for need in found.missing if not need.objects]
    if in_turn:
        rows = [(need.symbol, ", ".join(need.via)) for need in in_turn]
        parts.append("Missing in turn\n" + table(("symbol", "the way to it"), rows))
    stubs = [need for need in found.direct if need.stub is not None]
    if stubs:
        stub_rows = [(stub.symbol, stub.stub.words, _shortened(stub.objects)) for stub in stubs if stub.stub]
        parts.append(
            "There, but no more than a stub\n" + table(("symbol", "what it does", "wanted by"), stub_rows)
        )
    parts += _not_read(found.machine)
    elsewhere: dict[str, list[str]] = {}
    for need in found.direct:
        if need.status == "elsewhere":
            elsewhere.setdefault(need.provider, []).append(need.symbol)
    lines = [f"  by {who}: {_shortened(tuple(names))}" for who, names in elsewhere.items()]
    if lines:
        parts.append("Defined elsewhere\n" + "\n".join(lines))
    unlinked = _by_object(own)
    if unlinked:
        lines = [f"  {name}: {', '.join(symbols)}" for name, symbols in unlinked.items()]
        parts.append(f"Objects that do not link ({len(unlinked)} of {len(found.objects)})\n" + "\n".join(lines))
    parts += map(finding_text, answer.findings)
    parts.append(f"verdict: {_verdict(answer)}")
    return "\n\n".join(parts)


def coverage_json(answer: Answer) -> str:
    """An answer as JSON, by symbol (`needs`) and by object (`objects`)."""
    found = answer.coverage
    missing = _by_object([need for need in found.missing if need.objects])
    stubs = _by_object([need for need in found.direct if need.stub is not None])
    return as_json(
        {
            "links": answer.links,
            "title": answer.title,
            "library": found.library,
            "libraries": found.libraries,
            "machine": found.machine,
            "objects": [
                {"name": name, "missing": missing.get(name, []), "stubs": stubs.get(name, [])}
                for name in found.objects
            ],
            "needs": found.needs,
            "optional": found.optional,
            "clashes": found.clashes,
            "not_compiled": answer.not_compiled,
            "findings": answer.findings,
        }
    )


def listing_text(title: str, listing: Listing) -> str:
    """What libraries define, as text: the count, and each function that is a stub."""
    stubs = listing.stubs
    parts = [f"{title}: {listing.defined} symbols defined, of which {len(stubs)} are no more than a stub"]
    if stubs:
        rows = [(stub.symbol, stub.stub.words, stub.provider) for stub in stubs]
        parts.append(table(("symbol", "what it does", "from"), rows))
    parts += _not_read(listing.machine)
    return "\n\n".join(parts)


def listing_json(title: str, listing: Listing) -> str:
    """What libraries define, as JSON."""
    return as_json({"title": title, "listing": listing})


def _not_read(machine: str) -> list[str]:
    """What to say of a machine whose instructions are not read."""
    if machine in MACHINES:
        return []
    return [
        f"Stubs are told apart for {' and '.join(MACHINES)}, not for {machine or 'nothing'}: more may be some."
    ]


def _verdict(answer: Answer) -> str:
    found = answer.coverage
    if not answer.links:
        counts = (
            (len(found.missing), "symbol", "missing"),
            (len(answer.not_compiled), "file", "not compiled"),
            (len({clash.symbol for clash in found.clashes}), "symbol", "defined twice"),
        )
        reasons = [f"{number} {what}{'s' * (number != 1)} {how}" for number, what, how in counts if number]
        return f"it does not link ({', '.join(reasons)})"
    if answer.stubs_used:
        return "it links, and calls functions that are no more than a stub"
    return "it links"


def _by_object(needs: list[Need]) -> dict[str, list[str]]:
    """The symbols by the object that needs them."""
    objects: dict[str, list[str]] = {}
    for need in needs:
        for name in need.objects:
            objects.setdefault(name, []).append(need.symbol)
    return dict(sorted(objects.items()))


def _shortened(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_OBJECTS
    return ", ".join(names[:_MOST_OBJECTS]) + (f" and {more} more" if more > 0 else "")
