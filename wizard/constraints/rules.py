"""The rules: each a pure function from a situation to what it has to say, and `check`, which asks them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from wizard.catalogue.model import Catalogue, Libc, Machine, Release, Toolchain
from wizard.constraints.constants import predicted
from wizard.constraints.findings import SEVERITIES, Finding, Fix, finding
from wizard.selection import NATIVE, Selection
from wizard.surroundings import Surroundings


class Situation(msgspec.Struct, frozen=True):
    """A normalised selection with all it names looked up, and the build machine it is checked for."""

    selection: Selection
    catalogue: Catalogue
    surroundings: Surroundings
    host: Machine | None
    target: Machine
    libc: Libc
    release: Release
    toolchain: Toolchain
    triplet: str | None

    @property
    def uses_path_compiler(self) -> bool:
        """True where the OCaml on PATH will be the host compiler."""
        if self.selection.host_compiler == "build" or self.host is None:
            return False
        found = self.surroundings.ocaml
        fits = (
            found is not None
            and found.release == self.release.id
            and found.architecture == self.host.ocaml_arch
            and path_problem(found.bin + found.lib) is None
        )
        return fits or self.selection.host_compiler == "path"

    @property
    def build_compiler(self) -> str:
        """The build machine's C compiler, "" where there is none that a makefile can name."""
        found = self.surroundings.tools.get("cc", "")
        return "" if path_problem(found) else found

    def with_changes(self, **changes: str) -> Selection:
        """The selection with some fields changed: what a fix offers."""
        return msgspec.structs.replace(self.selection, **changes)


def situation(selection: Selection, catalogue: Catalogue, surroundings: Surroundings) -> Situation:
    """Look up all that a normalised selection names (see `selection.normalise`)."""
    host = surroundings.machine if selection.host == NATIVE else selection.host
    return Situation(
        selection=selection,
        catalogue=catalogue,
        surroundings=surroundings,
        host=catalogue.machines.get(host),
        target=catalogue.machines[selection.target],
        libc=catalogue.libcs[selection.libc],
        release=catalogue.releases[selection.release],
        toolchain=catalogue.toolchains[selection.toolchain],
        triplet=catalogue.triplet(selection.target, selection.libc),
    )


def check(place: Situation) -> tuple[Finding, ...]:
    """Every finding of every rule, the gravest first. Pure: looks at nothing but its argument."""
    found = [one for rule in RULES for one in rule(place)]
    return tuple(sorted(found, key=lambda one: SEVERITIES.index(one.severity)))


def _word_size(place: Situation) -> Iterator[Finding]:
    host, target = place.host, place.target
    if host is None or host.word_size == target.word_size:
        return
    fixes = [
        Fix(f"take a host with {target.word_size}-bit words: {other.title}", place.with_changes(host=id_))
        for id_, other in place.catalogue.machines.items()
        if other.word_size == target.word_size and other.os == host.os and other.arch != target.arch
    ]
    yield finding(
        "word-size",
        tuple(fixes),
        host=host.id,
        target=target.id,
        host_size=host.word_size,
        target_size=target.word_size,
    )


def _ostype(place: Situation) -> Iterator[Finding]:
    if place.host is None:
        return
    left, right = predicted(place.host), predicted(place.target)
    for name in ("unix", "win32", "cygwin"):
        if getattr(left, f"ostype_{name}") == getattr(right, f"ostype_{name}"):
            continue
        fixes = tuple(
            Fix(f"take a target of type {place.host.ostype}: {other.title}", place.with_changes(target=id_))
            for id_, other in place.catalogue.machines.items()
            if other.ostype == place.host.ostype and other.word_size == place.host.word_size
        )
        yield finding(
            f"ostype-{name}",
            fixes,
            host=place.host.id,
            target=place.target.id,
            host_ostype=place.host.ostype,
            target_ostype=place.target.ostype,
        )


def _native_back_end(place: Situation) -> Iterator[Finding]:
    arch = place.target.ocaml_arch
    if arch in place.release.native:
        return
    fixes = tuple(
        Fix(f"take {other.title}, which has one", place.with_changes(release=id_))
        for id_, other in place.catalogue.releases.items()
        if arch in other.native
    )
    yield finding("native-back-end", fixes, release=place.release.id, arch=arch)


def _libc_machine(place: Situation) -> Iterator[Finding]:
    if place.triplet is not None:
        return
    fixes = [
        Fix(f"take {other.title}", place.with_changes(libc=id_))
        for id_, other in place.catalogue.libcs.items()
        if place.target.id in other.triplets
    ]
    fixes += [
        Fix(f"take the target {place.catalogue.machines[id_].title}", place.with_changes(target=id_))
        for id_ in place.libc.triplets
    ]
    yield finding("libc-machine", tuple(fixes), libc=place.libc.title, target=place.target.id)


def _toolchain_target(place: Situation) -> Iterator[Finding]:
    if place.triplet is None or place.triplet in place.toolchain.targets:
        return
    fixes = tuple(
        Fix(f"take {other.title}", place.with_changes(toolchain=id_))
        for id_, other in place.catalogue.toolchains.items()
        if place.triplet in other.targets
    )
    yield finding("toolchain-target", fixes, toolchain=place.toolchain.title, triplet=place.triplet)


def _toolchain_present(place: Situation) -> Iterator[Finding]:
    wanted, found = place.toolchain, place.surroundings.zig
    install = Fix("install it", command=f"python3 -m pip install {wanted.package}=={wanted.version}")
    if found is None:
        yield finding("toolchain-missing", (install,), toolchain=wanted.title, package=wanted.package)
    elif found.version != wanted.version:
        yield finding(
            "toolchain-version",
            (install,),
            toolchain=wanted.title,
            found=found.version,
            tested=wanted.version,
        )


def _host_runnable(place: Situation) -> Iterator[Finding]:
    here = place.surroundings
    if not here.machine:
        yield finding("build-machine", uname=here.uname)
    elif place.host is not None and place.host.id != here.machine:
        fix = Fix("take this machine as the host", place.with_changes(host=NATIVE))
        yield finding("host-runnable", (fix,), host=place.host.id, build=here.machine)


def _host_compiler(place: Situation) -> Iterator[Finding]:
    if not place.uses_path_compiler or place.host is None:
        return
    found = place.surroundings.ocaml
    build = Fix("let the wizard build the host compiler", place.with_changes(host_compiler="build"))
    if found is None:
        yield finding("host-compiler-missing", (build,))
    elif found.release != place.release.id:
        fixes = [build]
        if found.release in place.catalogue.releases:
            fixes.append(Fix(f"take OCaml {found.release}", place.with_changes(release=found.release)))
        yield finding("release-equal", tuple(fixes), found=found.release, release=place.release.id)
    elif found.architecture != place.host.ocaml_arch:
        yield finding("host-compiler-foreign", (build,), found=found.architecture, wanted=place.host.ocaml_arch)
    elif path_problem(found.bin + found.lib):
        yield finding("host-compiler-unsafe", (build,), bin=found.bin)
    else:
        yield finding("host-compiler-found", (build,), release=found.release, bin=found.bin)


def _build_tools(place: Situation) -> Iterator[Finding]:
    tools = place.surroundings.tools
    if "make" not in tools:
        fix = Fix("install it", command="sudo apt-get install make    (Fedora: dnf, Alpine: apk add)")
        yield finding("make-missing", (fix,))
    if not place.build_compiler:
        yield finding("cc-missing")


def _emulator(place: Situation) -> Iterator[Finding]:
    here, target = place.surroundings, place.target
    if target.id == here.machine or target.id in here.emulators:
        return
    fix = Fix("install it", command="sudo apt-get install qemu-user    (Fedora: qemu-user, Alpine: apk add)")
    yield finding("emulator-missing", (fix,), emulator=target.emulator, target=target.id)


def _environment(place: Situation) -> Iterator[Finding]:
    if place.surroundings.scrubbed:
        yield finding("environment-scrubbed", names=", ".join(place.surroundings.scrubbed))


def _libraries(place: Situation) -> Iterator[Finding]:
    for library, reason in place.libc.lacks.items():
        yield finding("library-lacking", libc=place.libc.title, library=library, reason=reason)


Rule = Callable[[Situation], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    _word_size,
    _ostype,
    _native_back_end,
    _libc_machine,
    _toolchain_target,
    _toolchain_present,
    _host_runnable,
    _host_compiler,
    _build_tools,
    _emulator,
    _environment,
    _libraries,
)


def path_problem(path: str) -> str | None:
    """The first character of `path` that OCaml's makefiles cannot carry, in words; None where it is safe."""
    names = {" ": "a space", "'": "a quote", '"': "a double quote", "\t": "a tab", "\n": "a line break"}
    for character in path:
        if character in names:
            return names[character]
        if character in "$`\\#;&|<>*?[](){}!%:=~":
            return f"the character {character}"
        if not character.isprintable():  # other white space, control characters, what is not UTF-8
            return f"the character {character!r}"
    return None
