"""Checks of what the wizard has made: locks, builds, switches, host compilers."""

from __future__ import annotations

import shlex
from collections import Counter

from wizard.doctor.facts import Facts, Switch
from wizard.doctor.outcome import Outcome, counted, outcome
from wizard.machine.survey import LOCK_FILE

BUILD_STATES = {"failed": "failed", "stopped": "was interrupted", "cancelled": "was cancelled"}
"""The states in which a build can be continued, in words."""


def locks(facts: Facts) -> Outcome:
    """No lock is held by what is no builder at work."""
    assert facts.locks is not None
    stuck = next((lock for lock in facts.locks if not lock.building), None)
    if stuck is not None:
        holders = ", ".join(stuck.holders) + (", which was stopped" if stuck.stopped else "")
        words = ["kill", *(["-CONT"] if stuck.stopped else []), *map(str, stuck.pids)]
        return outcome("stuck", path=stuck.path, holders=holders, command=" ".join(words))
    return outcome("building", count=len(facts.locks)) if facts.locks else outcome("none")


def builds(facts: Facts) -> Outcome:
    """No build waits to be continued, and nothing of one runs on alswitch."""
    assert facts.builds is not None
    if not facts.builds:
        return outcome("none")
    states = Counter(build.state for build in facts.builds)
    counts = ", ".join(f"{number} {state}" for state, number in states.items())
    left = next((build for build in facts.builds if build.left), None)
    if left is not None:
        return outcome("left", id=left.id, left=counted(left.left, "process").replace("processs", "processes"))
    unfinished = next((build for build in facts.builds if build.state in BUILD_STATES), None)
    if unfinished is not None:
        return outcome("unfinished", id=unfinished.id, state=BUILD_STATES[unfinished.state], counts=counts)
    unreadable = next((build for build in facts.builds if build.state == "unreadable"), None)
    if unreadable is not None:
        return outcome("unreadable", id=unreadable.id, counts=counts)
    return outcome("whole", counts=counts)


def switches(facts: Facts) -> Outcome:
    """Every switch answers and is as it was proved; the one that was named counts most."""
    assert facts.switches is not None
    ordered = sorted(facts.switches, key=lambda switch: switch.prefix != facts.wanted)
    wanted = next((switch for switch in ordered if switch.prefix == facts.wanted), None)
    if wanted is not None:
        ordered = [wanted]
    for switch in ordered:
        if switch.problem:
            word = "broken-wanted" if switch is wanted else "broken"
            # Without words its lock file could not be read, and a preset has to say what it is.
            lock = shlex.quote(f"{switch.prefix}/{LOCK_FILE}") if switch.words else "PRESET"
            return outcome(
                word, prefix=switch.prefix, problem=switch.problem, lock=lock, quoted=shlex.quote(switch.prefix)
            )
    for switch in ordered:
        problem = _unproved(switch)
        if problem:
            return outcome("unproved", prefix=switch.prefix, problem=problem, quoted=shlex.quote(switch.prefix))
    for switch in ordered:
        if switch.changed:
            return outcome(
                "changed",
                prefix=switch.prefix,
                count=counted(len(switch.changed), "file"),
                first=switch.changed[0],
                quoted=shlex.quote(switch.prefix),
            )
    if wanted is not None:
        return outcome("answers", prefix=wanted.prefix, words=wanted.words)
    return outcome("right", count=f"{len(ordered)} known") if ordered else outcome("none")


def _unproved(switch: Switch) -> str:
    if switch.failed:
        return f"{counted(switch.failed, 'comparison')} of its proof failed"
    return "" if switch.proved else "no report of a proof lies in it"


def host_compilers(facts: Facts) -> Outcome:
    """Every host compiler that is kept runs."""
    assert facts.hosts is not None
    broken = next((host for host in facts.hosts if host.problem), None)
    if broken is not None:
        return outcome("broken", path=broken.path, problem=broken.problem, quoted=shlex.quote(broken.path))
    if not facts.hosts:
        return outcome("none")
    return outcome("right", names=", ".join(dict.fromkeys(host.says for host in facts.hosts)))


CHECKS = {"locks": locks, "builds": builds, "switches": switches, "host-compilers": host_compilers}
