"""Fixes as changed selections: completed where one change needs another, and offered only where they help."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from wizard.catalogue.selection import NATIVE, Selection, follow
from wizard.check.findings import Fix
from wizard.check.resolved import ResolvedSelection
from wizard.check.rules import Breach, Changes

WARNING, MISSING, REFUSED = 10, 100, 1000
"""How grave a finding is: what is only said, what is not there yet, what cannot work. Notes count nothing."""

MOST = 6
"""As many fixes of one finding as a user may want to read."""

Grades = Callable[[ResolvedSelection], dict[str, int]]
"""From a resolved selection to its findings: code -> how grave it is (see `check.grades`)."""


def fixes_for(breach: Breach, resolved: ResolvedSelection, grades: Grades) -> tuple[Fix, ...]:
    """The fixes of one breach, those first that leave least to fix, keep the target and change little.

    Each of them removes the breach's finding and brings none that is as grave or worse.
    """
    if not breach.changes:
        return breach.fixes
    before = grades(resolved)
    grade = before.get(breach.code, 0)
    ranked: list[tuple[int, int, Selection]] = []
    seen = {resolved.selection}
    for selection in _candidates(breach, resolved):
        if selection in seen:
            continue
        seen.add(selection)
        after = resolved.changed(msgspec.structs.asdict(selection))
        left = grades(after)
        new = [left[code] for code in left.keys() - before.keys()]
        if breach.code not in left and max(new, default=0) < max(grade, WARNING):
            elsewhere = REFUSED // 2 if selection.target != resolved.selection.target else 0
            ranked.append((sum(left.values()) + elsewhere, _distance(resolved.selection, selection), selection))
    ranked.sort(key=lambda entry: entry[:2])
    offered = tuple(Fix(words(resolved, selection), selection) for *_rank, selection in ranked[:MOST])
    return (*offered, *breach.fixes)


def _distance(left: Selection, right: Selection) -> int:
    """How many fields two selections differ in."""
    return sum(getattr(left, field) != getattr(right, field) for field in Selection.__struct_fields__)


def _candidates(breach: Breach, resolved: ResolvedSelection) -> Iterator[Selection]:
    for changes in breach.changes:
        yield completed(resolved, changes)
        yield msgspec.structs.replace(resolved.selection, **changes)


def completed(resolved: ResolvedSelection, changes: Changes) -> Selection:
    """The selection with `changes`, and with what else these make necessary: library, toolchain, host, release."""
    known = resolved.catalogue
    selection = follow(msgspec.structs.replace(resolved.selection, **changes), known, frozenset(changes))
    target = known.machines[selection.target]
    host = resolved.build_machine.machine if selection.host == NATIVE else selection.host
    if "host" not in changes and host in known.machines and known.machines[host].word_size != target.word_size:
        able = (machine for machine in known.machines.values() if machine.word_size == target.word_size)
        runnable = next((machine.id for machine in able if resolved.runs_here(machine)), host)
        native = runnable == resolved.build_machine.machine
        selection = msgspec.structs.replace(selection, host=NATIVE if native else runnable)
        host = runnable
    if "release" in changes or host not in known.machines:
        return selection
    needed = {target.ocaml_arch, known.machines[host].ocaml_arch}
    windows = target.ostype == "Win32" and known.machines[host].ostype == "Unix"
    served = known.libcs[selection.libc].releases
    able_releases = [
        id_
        for id_, release in known.releases.items()
        if needed <= set(release.native)
        and (release.windows or not windows)
        and id_ in (served or (id_,))
        and known.has_ports(target.os, id_)
    ]
    if selection.release in able_releases or not able_releases:
        return selection
    proven = known.proven(selection.target, selection.libc)
    best = next((id_ for id_ in able_releases if id_ in proven), able_releases[0])
    return msgspec.structs.replace(selection, release=best)


def words(resolved: ResolvedSelection, selection: Selection) -> str:
    """What a fix changes, as a sentence: `take OCaml 4.14.1 and a 32-bit host`."""
    known, old = resolved.catalogue, resolved.selection
    parts = []
    if selection.target != old.target:
        parts.append(f"the target {known.machines[selection.target].title}")
    if selection.host != old.host:
        parts.append(_host_words(resolved, selection.host))
    if selection.libc != old.libc:
        parts.append(f"the C library {known.libcs[selection.libc].title}")
    if selection.toolchain != old.toolchain:
        parts.append(f"the C toolchain {known.toolchains[selection.toolchain].title}")
    if selection.release != old.release:
        parts.append(known.releases[selection.release].title)
    if selection.host_compiler != old.host_compiler:
        parts.append("a host compiler that the wizard builds")
    if selection.patches != old.patches:
        gone = [name for name in old.patches if name not in selection.patches]
        parts.append("the source without " + ", ".join(name.rsplit("/", 1)[-1] for name in gone))
    if selection.without != old.without:
        back = [name for name in old.without if name not in selection.without]
        parts.append("back " + ", ".join(name.rsplit("/", 1)[-1] for name in back))
    if selection.bindings != old.bindings:
        parts.append(f"the bindings {selection.bindings}" if selection.bindings else "no bindings")
    if selection.sources != old.sources:
        gone = [name.partition("=")[0] for name in old.sources if name not in selection.sources]
        parts.append(f"{', '.join(gone)} as published")
    return "take " + " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _host_words(resolved: ResolvedSelection, host: str) -> str:
    if host == NATIVE or host == resolved.build_machine.machine:
        return "this machine as the host"
    machine = resolved.catalogue.machines[host]
    return f"a {machine.word_size}-bit host compiler ({host}, built for you)"
