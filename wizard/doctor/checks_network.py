"""Checks of the network: proxies, each place of a source, and whether a build would get what it needs."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from wizard.doctor.facts import Facts
from wizard.doctor.outcome import Outcome, outcome

PROBE_SECONDS = 2.0
"""How long one place is waited for."""


def proxy(facts: Facts) -> Outcome:
    """A proxy that is set can be used."""
    assert facts.proxies is not None
    bad = next((proxy for proxy in facts.proxies if proxy.problem), None)
    if bad is not None:
        return outcome("unusable", variable=bad.variable, address=bad.address, problem=bad.problem)
    if not facts.proxies:
        return outcome("none")
    return outcome("set", names=", ".join(f"{proxy.variable}={proxy.address}" for proxy in facts.proxies))


def _reach(kind: str) -> Callable[[Facts], Outcome]:
    def reach(facts: Facts) -> Outcome:
        """Every place of this kind answers."""
        assert facts.network is not None
        asked = [probe for probe in facts.network.probes if probe.kind == kind]
        if not asked:
            return outcome("unused")
        silent = next((probe for probe in asked if not probe.reached), None)
        if silent is not None:
            return outcome("silent", place=silent.place, said=silent.said)
        return outcome("reached", place=", ".join(dict.fromkeys(probe.place for probe in asked)))

    return reach


def sources(facts: Facts) -> Outcome:
    """Everything that a build needs lies here, or can be had."""
    assert facts.archives is not None
    wrong = next((archive for archive in facts.archives if archive.wrong and not archive.path), None)
    if wrong is not None:
        return outcome("wrong", path=wrong.wrong, quoted=shlex.quote(wrong.wrong))
    missing = [archive.name for archive in facts.archives if not archive.path]
    if not missing:
        return outcome("here", names=", ".join(archive.name for archive in facts.archives))
    if facts.network is None:
        return outcome("unknown", names=", ".join(missing))
    able = [probe for probe in facts.network.probes if probe.reached]
    lacking = [name for name in missing if not any(name in probe.serves for probe in able)]
    late = [probe for probe in facts.network.probes if probe.late]
    if lacking and all(any(name in probe.serves for probe in late) for name in lacking):
        return outcome(
            "unsure", names=", ".join(lacking), places=" and ".join(_KINDS[probe.kind] for probe in late)
        )
    if lacking:
        return outcome("nowhere", names=", ".join(lacking))
    places = dict.fromkeys(_KINDS[probe.kind] for probe in able)
    return outcome("reachable", names=", ".join(missing), places=" and ".join(places))


_KINDS = {"official": "its official address", "npm": "npm", "debian": "Debian"}

CHECKS = {
    "proxy": proxy,
    "reach-official": _reach("official"),
    "reach-npm": _reach("npm"),
    "reach-debian": _reach("debian"),
    "sources": sources,
}
