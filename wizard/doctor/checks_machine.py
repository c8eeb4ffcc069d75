"""Checks of the machine and of the environment of this process."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable

from wizard.doctor.facts import UNLIMITED, Facts
from wizard.doctor.outcome import Outcome, counted, duration, outcome, size_words

JOB_MB = 350
"""What one compiler takes at its peak. Measured: zig cc 0.17.0 compiling musl, 320 MB."""

OPEN_FILES = 2048
"""What zig needs open at a time. Measured: compiling musl it fails (`ProcessFdQuotaExceeded`) up to 1024."""

FILE_MB, PROCESS_MB, SECONDS, PROCESSES = 400, 4000, 3600, 200
"""Limits below which a compiler or linker may end: zig itself is 180 MB, and reserves far more than it uses."""

MADE = 1_760_000_000
"""October 2025: no clock that is right says less."""

SKEW_SECONDS = 300
AHEAD_SECONDS = 60

TERMINAL_WIDTH, TERMINAL_HEIGHT = 60, 18
"""The smallest terminal that the screens are drawn in (wizard/faces/tui/widgets/too_small.py)."""

OCAML_VARIABLES = ("OCAMLLIB", "CAMLLIB", "OCAMLPARAM", "OCAMLRUNPARAM", "CAMLRUNPARAM", "CAML_LD_LIBRARY_PATH")
PRELOAD = ("LD_LIBRARY_PATH", "LD_PRELOAD")


def platform(facts: Facts) -> Outcome:
    """The catalogue knows this machine."""
    here, kernel = facts.here, facts.kernel
    if not here.machine:
        return outcome("unknown", uname=here.uname)
    release = kernel.release if kernel else ""
    return outcome("known", machine=here.machine, cores=counted(here.cores, "core"), kernel=release)


def memory(facts: Facts) -> Outcome:
    """There is memory for as many compilers as there are cores."""
    assert facts.memory is not None
    usable, needed = facts.memory.usable_mb, facts.here.cores * JOB_MB
    names: dict[str, str | int] = {
        "usable": size_words(usable),
        "limit": " (the container's limit)" if facts.memory.limit_mb == usable else "",
        "cores": f"compilers on {counted(facts.here.cores, 'core')}",
        "needed": needed,
    }
    if usable + facts.memory.swap_free_mb < JOB_MB:
        return Outcome("none", names)
    return Outcome("little" if usable < needed else "enough", names)


def open_files(facts: Facts) -> Outcome:
    """zig may have enough files open. It raises its own limit to the hard one, so that decides."""
    assert facts.limits is not None
    limit, most = facts.limits.open_files, facts.limits.open_files_most
    low = UNLIMITED < most < OPEN_FILES
    if low and (facts.chosen is None or facts.chosen.zig):
        return outcome("few", limit=limit, most=most, wanted=OPEN_FILES)
    if low or not UNLIMITED < limit < OPEN_FILES:
        return outcome("enough", limit="as many as one likes" if limit == UNLIMITED else limit)
    return outcome("raised", limit=limit, most="as many as it likes" if most == UNLIMITED else most)


def limits(facts: Facts) -> Outcome:
    """No other limit of the shell is so low that a compiler meets it."""
    assert facts.limits is not None
    known = facts.limits
    low = [
        (words, letter)
        for value, least, words, letter in (
            (known.file_mb, FILE_MB, f"a file may have {known.file_mb} MB", "-f"),
            (known.memory_mb, PROCESS_MB, f"a process may have {known.memory_mb} MB of memory", "-v"),
            (known.seconds, SECONDS, f"a process may run {known.seconds} s", "-t"),
            (known.processes, PROCESSES, f"there may be {known.processes} processes", "-u"),
        )
        if UNLIMITED < value < least
    ]
    if not low:
        return outcome("none")
    command = " ".join(["ulimit", *(f"{letter} unlimited" for _words, letter in low)])
    return outcome("low", limits="; ".join(words for words, _letter in low), command=command)


def clock(facts: Facts) -> Outcome:
    """The clock is not behind what it has written, and agrees with a server's."""
    assert facts.clock is not None
    known = facts.clock
    now = _date(known.now)
    if known.now < MADE:
        return outcome("long-ago", now=now)
    if known.newest > known.now + AHEAD_SECONDS:
        return outcome("behind", now=now, path=known.newest_path, ahead=duration(known.newest - known.now))
    timed = [probe for probe in (facts.network.probes if facts.network else ()) if probe.ahead is not None]
    for probe in timed:
        if probe.ahead is not None and abs(probe.ahead) > SKEW_SECONDS:
            direction = "behind" if probe.ahead > 0 else "ahead"
            return outcome("wrong", now=now, ahead=duration(probe.ahead), direction=direction, place=probe.place)
    return outcome("right", now=now, compared=", as a server says, too" if timed else "")


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(max(0.0, min(seconds, 2.5e11))))


def environment(facts: Facts) -> Outcome:
    """What a build does not see of the environment."""
    scrubbed = facts.here.scrubbed
    return outcome("set", names=", ".join(scrubbed)) if scrubbed else outcome("clean")


def ocaml_variables(facts: Facts) -> Outcome:
    """No variable changes what the OCaml compilers of this shell do."""
    return _set_variables(facts, lambda name: name in OCAML_VARIABLES or name.startswith("OCAMLFIND_"))


def preload(facts: Facts) -> Outcome:
    """No library is put into every program."""
    return _set_variables(facts, lambda name: name in PRELOAD)


def _set_variables(facts: Facts, concerns: Callable[[str], bool]) -> Outcome:
    assert facts.variables is not None
    found = {name: value for name, value in facts.variables.items() if concerns(name)}
    if not found:
        return outcome("clean")
    names = ", ".join(f"{name}={_short(value)}" for name, value in found.items())
    return outcome("set", names=names, unset=" ".join(found))


def _short(words: str, most: int = 60) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def path(facts: Facts) -> Outcome:
    """Every entry of PATH is an absolute folder."""
    entries = facts.here.path.split(":")
    kept = [entry for entry in entries if entry.startswith("/")]
    if not kept:
        return outcome("empty")
    odd = [entry for entry in entries if not entry.startswith("/")]
    if odd:
        entry = f"the relative entry {odd[0]}" if odd[0] else "an empty entry"
        return outcome("relative", entry=entry, command=shlex.quote(":".join(kept)))
    return outcome("plain", count=len(entries))


def user(facts: Facts) -> Outcome:
    """Not root, or root with a home of its own."""
    assert facts.person is not None
    who = facts.person
    if who.uid != 0:
        return outcome("ordinary")
    if who.sudo and who.home_owner != 0:
        return outcome("sudo", sudo=who.sudo, home=who.home)
    return outcome("root")


def terminal(facts: Facts) -> Outcome:
    """The terminal can show the screens."""
    assert facts.terminal is not None
    known = facts.terminal
    if not known.present:
        return outcome("none")
    if known.kind in ("", "dumb", "unknown"):
        return outcome("dumb", kind=known.kind or "not set")
    if known.columns < TERMINAL_WIDTH or known.lines < TERMINAL_HEIGHT:
        return outcome(
            "small", columns=known.columns, lines=known.lines, width=TERMINAL_WIDTH, height=TERMINAL_HEIGHT
        )
    if known.encoding.lower().replace("-", "") not in ("utf8", "utf8sig"):
        return outcome("letters", encoding=known.encoding)
    colours = {0: "no colours", 16_777_216: "all colours"}.get(known.colours, f"{known.colours} colours")
    return outcome(
        "able",
        kind=known.kind, columns=known.columns, lines=known.lines, encoding=known.encoding, colours=colours,
    )  # fmt: skip


CHECKS = {
    "platform": platform,
    "memory": memory,
    "open-files": open_files,
    "limits": limits,
    "clock": clock,
    "environment": environment,
    "ocaml-variables": ocaml_variables,
    "preload": preload,
    "path": path,
    "user": user,
    "terminal": terminal,
}
