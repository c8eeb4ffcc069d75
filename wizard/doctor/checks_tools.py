"""Checks of programs: what a build runs, compilers, emulators, and what tenders of unikernels need."""

from __future__ import annotations

from wizard.doctor.facts import Compiler, Facts
from wizard.doctor.outcome import Outcome, outcome
from wizard.machine.packages import install_command

UNIX_TOOLS = ("sh", "sed", "awk", "grep", "tr", "sort", "uniq", "cp", "ln", "mkdir")
"""Those without which OCaml's configure or makefiles fail, or make something empty, beside make and compilers."""


def install(facts: Facts, package: str) -> str:
    """The command that installs here what Debian calls `package`."""
    return install_command(package, facts.manager, root=facts.person is not None and facts.person.uid == 0)


def make(facts: Facts) -> Outcome:
    """make is there, is GNU make, and runs."""
    assert facts.tools is not None
    found = facts.tools.get("make")
    if found is None:
        return outcome("missing", install=install(facts, "make"))
    names = {"path": found.path, "says": found.says or "nothing", "install": install(facts, "make")}
    if found.problem:
        return outcome("broken", **names, problem=found.problem)
    return Outcome("right" if "GNU Make" in found.says else "other", {**names})


def c_compiler(facts: Facts) -> Outcome:
    """The C compiler works and is for this machine."""
    assert facts.tools is not None
    found = facts.tools.get("cc")
    if found is None:
        return outcome("missing", install=install(facts, "gcc"))
    if found.problem:
        return outcome("broken", path=found.path, problem=found.problem, install=install(facts, "gcc"))
    if facts.here.machine and _cpu(found.says) != _cpu(facts.here.triplet):
        return outcome("foreign", path=found.path, answer=found.says or "nothing", machine=facts.here.machine)
    return outcome("right", path=found.path, answer=found.says)


def _cpu(triplet: str) -> str:
    """The processor of a triplet, its generations taken together: i386 to i686 are one, amd64 is x86_64."""
    word = triplet.partition("-")[0].lower()
    same = {"amd64": "x86_64", "arm64": "aarch64", "ppc64le": "powerpc64le"}
    if word.startswith("arm") and word not in same:
        return "arm"
    return "i386" if word in ("i386", "i486", "i586", "i686") else same.get(word, word)


def unix_tools(facts: Facts) -> Outcome:
    """The tools of every Unix are there; minimal images lack some."""
    if facts.absent:
        return outcome("missing", names=", ".join(facts.absent), install=install(facts, "coreutils"))
    return outcome("right", names=", ".join(UNIX_TOOLS))


def ocaml(facts: Facts) -> Outcome:
    """What OCaml is on PATH is of one piece, and what the wizard does with it."""
    assert facts.ocamls is not None
    first = next((found for found in facts.ocamls if not found.switch), None)
    if facts.ocamls and facts.ocamls[0].switch:
        return outcome("switch", folder=facts.ocamls[0].folder.removesuffix("/bin"))
    if first is None:
        return outcome("none")
    silent = [name for name, says in (("ocamlc", first.ocamlc), ("ocamlopt", first.ocamlopt)) if not says]
    if silent:
        return outcome("broken", names=" and ".join(silent), folder=first.folder, first=silent[0])
    if first.ocamlc != first.ocamlopt:
        return outcome("mixed", folder=first.folder, ocamlc=first.ocamlc, ocamlopt=first.ocamlopt)
    word = "serves" if first.ocamlopt in facts.releases and first.native else "unknown"
    return outcome(word, release=first.ocamlopt, folder=first.folder)


def zig(facts: Facts) -> Outcome:
    """zig is there in the version that was tried, and runs."""
    assert facts.tools is not None
    found, ran = facts.here.zig, facts.tools.get("zig")
    tested = {"package": facts.zig_package, "tested": facts.zig_tested}
    if found is None:
        return outcome("missing", **tested)
    if ran is not None and ran.problem:
        return outcome("broken", path=ran.path, problem=ran.problem, **tested)
    if found.version != facts.zig_tested:
        return outcome("other", version=found.version, **tested)
    return outcome("right", version=found.version)


def cross_compilers(facts: Facts) -> Outcome:
    """Each installed cross-compiler makes code for its target; the one that is chosen counts most."""
    assert facts.compilers is not None
    chosen = facts.chosen.compiler if facts.chosen else ""
    ordered = sorted(facts.compilers, key=lambda compiler: (compiler.path != chosen, compiler.name))
    bad = next((compiler for compiler in ordered if _bad(compiler)), None)  # the chosen is the first
    if bad is not None:
        word = "broken" if bad.problem else "wrong"
        return outcome(
            f"{word}-chosen" if bad.path == chosen else word,
            name=bad.name, path=bad.path, problem=bad.problem, machine=bad.machine,
            makes=bad.makes or f"code for {bad.answer or 'nothing'}",
        )  # fmt: skip
    if not ordered:
        return outcome("none")
    return outcome("right", names=", ".join(tool.name for tool in ordered))


def _bad(compiler: Compiler) -> bool:
    return bool(compiler.problem) or not compiler.fits


def emulators(facts: Facts) -> Outcome:
    """Which other machines' programs can be run here; the one of the selection counts most."""
    assert facts.emulators is not None
    chosen = facts.chosen.emulator if facts.chosen else ""
    ordered = sorted(facts.emulators, key=lambda emulator: emulator.name != chosen)
    broken = next((tool for tool in ordered if tool.path and tool.problem), None)
    if broken is not None:
        return outcome("broken", path=broken.path, problem=broken.problem, install=install(facts, broken.package))
    found = [emulator.name for emulator in facts.emulators if emulator.path]
    missing = [emulator for emulator in ordered if not emulator.path]
    if not missing:
        return outcome("all", found=", ".join(found))
    names = {
        "install": install(facts, missing[0].package),
        "found": ", ".join(found),
        "missing": ", ".join(emulator.name for emulator in missing),
    }
    return Outcome("some" if found else "none", {**names})


def binfmt(facts: Facts) -> Outcome:
    """No entry of binfmt_misc starts what is not there."""
    assert facts.handlers is not None
    working = [handler for handler in facts.handlers if handler.enabled]
    gone = next((handler for handler in working if not handler.there), None)
    if gone is not None:
        return outcome("gone", name=gone.name, interpreter=gone.interpreter)
    return outcome("right", names=", ".join(tool.name for tool in working)) if working else outcome("none")


def seccomp(facts: Facts) -> Outcome:
    """solo5-spt can lock itself in."""
    assert facts.kernel is not None
    filtered = "; this process is under one itself (a container)" if facts.kernel.filtered else ""
    return outcome("there", filtered=filtered) if facts.kernel.seccomp else outcome("absent")


def kvm(facts: Facts) -> Outcome:
    """solo5-hvt can virtualise."""
    assert facts.kernel is not None
    return outcome(facts.kernel.kvm)


CHECKS = {
    "make": make,
    "c-compiler": c_compiler,
    "unix-tools": unix_tools,
    "ocaml": ocaml,
    "zig": zig,
    "cross-compilers": cross_compilers,
    "emulators": emulators,
    "binfmt": binfmt,
    "seccomp": seccomp,
    "kvm": kvm,
}
