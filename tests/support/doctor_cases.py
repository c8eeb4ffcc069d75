"""Every outcome of every check of the doctor, with a machine that comes to it."""

from __future__ import annotations

from tests.support.machines import (
    CHOSEN,
    DISK,
    GCC,
    HEALTHY,
    PROBE,
    QEMU,
    SWITCH,
    TEMP,
    change,
    disk,
    sick,
    with_probes,
)
from wizard.doctor.checks_folders import BUILD_FILES
from wizard.doctor.example import NOW
from wizard.doctor.facts import (
    Archive,
    Build,
    Clock,
    Emulator,
    Facts,
    Handler,
    Host,
    Kernel,
    Limits,
    Lock,
    Memory,
    Ocaml,
    Person,
    Proxy,
    Tool,
)
from wizard.machine.disk_space import BUILD_MB
from wizard.machine.survey import Zig

HERE = HEALTHY.here
assert HEALTHY.tools is not None
MAKE, CC, ZIG = (HEALTHY.tools[name] for name in ("make", "cc", "zig"))
WINE = Emulator("wine", ("x86_64-windows",), "/usr/bin/wine", "wine-8.0", package="wine")


def tools(**changed: Tool | None) -> Facts:
    """The healthy machine with other tools; None takes one away."""
    whole = {"make": MAKE, "cc": CC, "zig": ZIG, **changed}
    return sick(tools={name: tool for name, tool in whole.items() if tool is not None})


def terminal(**changes: object) -> Facts:
    assert HEALTHY.terminal is not None
    return sick(terminal=change(HEALTHY.terminal, **changes))


def chosen_gcc(facts: Facts) -> Facts:
    return change(facts, chosen=change(CHOSEN, compiler=GCC.path, zig=False))


# Every outcome of every check, with a machine that has it. What the healthy machine has needs no other.
CASES: dict[str, dict[str, Facts]] = {
    "platform": {"known": HEALTHY, "unknown": sick(here=change(HERE, machine="", uname="sparc64"))},
    "memory": {
        "enough": HEALTHY,
        "little": sick(memory=Memory(1000, 600)),
        "none": sick(memory=Memory(16_000, 9_000, 0, limit_mb=200)),
    },
    "open-files": {
        "enough": sick(limits=Limits(4096, 4096)),
        "raised": HEALTHY,
        "few": sick(limits=Limits(1024, 1024)),
    },
    "limits": {"none": HEALTHY, "low": sick(limits=Limits(4096, 4096, file_mb=100, seconds=60))},
    "clock": {
        "right": HEALTHY,
        "behind": sick(clock=Clock(NOW, NOW + 7200, "/home/me/x")),
        "long-ago": sick(clock=Clock(86_400.0)),
        "wrong": with_probes(change(PROBE, ahead=-7200.0)),
    },
    "make": {
        "right": HEALTHY,
        "missing": tools(make=None),
        "other": tools(make=Tool("/usr/bin/make", "bmake 20200710")),
        "broken": tools(make=Tool("/usr/bin/make", "", "signal 11")),
    },
    "c-compiler": {
        "right": HEALTHY,
        "missing": tools(cc=None),
        "foreign": tools(cc=Tool("/opt/arm/gcc", "aarch64-linux-musl")),
        "broken": tools(cc=Tool("/usr/bin/gcc", "x86_64-linux-gnu", "fatal error: stdio.h (exit status 1)")),
    },
    "unix-tools": {"right": HEALTHY, "missing": sick(absent=("awk", "tr"))},
    "ocaml": {
        "serves": HEALTHY,
        "none": sick(ocamls=()),
        "unknown": sick(ocamls=(Ocaml("/usr/bin", "4.02.3", "4.02.3"),)),
        "mixed": sick(ocamls=(Ocaml("/usr/bin", "5.3.0", "5.4.1"),)),
        "broken": sick(ocamls=(Ocaml("/usr/bin", "5.3.0", ""),)),
        "switch": sick(ocamls=(Ocaml("/opt/arm/bin", switch=True), Ocaml("/usr/bin", "5.3.0", "5.3.0"))),
    },
    "zig": {
        "right": HEALTHY,
        "other": sick(here=change(HERE, zig=Zig("/opt/ziglang", "0.15.1"))),
        "missing": sick(here=change(HERE, zig=None)),
        "broken": tools(zig=Tool("/opt/ziglang/zig", "", "Permission denied")),
    },
    "cross-compilers": {
        "right": HEALTHY,
        "none": sick(compilers=()),
        "wrong": sick(compilers=(change(GCC, fits=False, makes="EM_X86_64 (ELF, 64 bits)"),)),
        "wrong-chosen": chosen_gcc(sick(compilers=(change(GCC, fits=False, makes="EM_X86_64 (ELF, 64 bits)"),))),
        "broken": sick(compilers=(change(GCC, fits=False, problem="fatal error: stdio.h"),)),
        "broken-chosen": chosen_gcc(sick(compilers=(change(GCC, fits=False, problem="fatal error: stdio.h"),))),
    },
    "emulators": {
        "all": HEALTHY,
        "some": sick(emulators=(QEMU, change(WINE, path="", says=""))),
        "none": sick(emulators=(change(QEMU, path="", says=""),)),
        "broken": sick(emulators=(QEMU, change(WINE, problem="exit status 1"))),
    },
    "binfmt": {
        "right": HEALTHY,
        "none": sick(handlers=(Handler("qemu-arm", "/usr/bin/gone", False, False),)),
        "gone": sick(handlers=(Handler("qemu-arm", "/usr/bin/gone", True, False),)),
    },
    "seccomp": {"there": HEALTHY, "absent": sick(kernel=Kernel("2.6", False, "absent"))},
    "kvm": {
        "open": HEALTHY,
        "closed": sick(kernel=Kernel("6.1", True, "closed")),
        "absent": sick(kernel=Kernel("6.1", True, "absent")),
    },
    "room": {
        "enough": HEALTHY,
        "little": disk(free_mb=BUILD_MB + 1),
        "full": disk(free_mb=BUILD_MB - 1),
    },
    "inodes": {
        "enough": HEALTHY,
        "unlimited": disk(free_files=None),
        "few": disk(free_files=BUILD_FILES - 1),
    },
    "writable": {"all": HEALTHY, "refused": disk(refused="/home/me is not writable for you")},
    "noexec": {
        "none": HEALTHY,
        "mounted": disk(noexec=True),
        "temporary": sick(disks=(DISK, change(TEMP, noexec=True))),
    },
    "file-names": {
        "distinct": HEALTHY,
        "same": disk(folds_case=True, kind="9p"),
        "unseen": disk(folds_case=None),
    },
    "paths": {
        "plain": HEALTHY,
        "unsafe": disk(path="/home/me/my name"),
        "temporary": sick(disks=(DISK, change(TEMP, path="/tmp/a b"))),
        "letters": disk(path="/home/me/zoë"),
    },
    "file-system": {"local": HEALTHY, "remote": disk(kind="nfs4")},
    "environment": {"clean": HEALTHY, "set": sick(here=change(HERE, scrubbed=("CC", "CFLAGS")))},
    "ocaml-variables": {
        "clean": HEALTHY,
        "set": sick(variables={"OCAMLLIB": "/old/lib", "OCAMLFIND_TOOLCHAIN": "x", "LD_PRELOAD": "y"}),
    },
    "preload": {"clean": HEALTHY, "set": sick(variables={"LD_LIBRARY_PATH": "/opt/lib"})},
    "path": {
        "plain": HEALTHY,
        "relative": sick(here=change(HERE, path="/usr/bin:.:/bin")),
        "empty": sick(here=change(HERE, path="")),
    },
    "user": {
        "ordinary": HEALTHY,
        "root": sick(person=Person(0, "/root", 0)),
        "sudo": sick(person=Person(0, "/home/me", 1000, "me")),
    },
    "terminal": {
        "able": HEALTHY,
        "none": terminal(present=False),
        "dumb": terminal(kind="dumb"),
        "small": terminal(columns=59),
        "letters": terminal(encoding="ANSI_X3.4-1968"),
    },
    "proxy": {
        "none": HEALTHY,
        "set": sick(proxies=(Proxy("HTTPS_PROXY", "http://proxy:3128"),)),
        "unusable": sick(proxies=(Proxy("HTTPS_PROXY", "…", "it is no address"),)),
    },
    "reach-official": {
        "reached": HEALTHY,
        "silent": with_probes(change(PROBE, reached=False, said="no answer in 2 s")),
        "unused": with_probes(change(PROBE, kind="npm")),
    },
    "reach-npm": {
        "reached": with_probes(change(PROBE, kind="npm", place="ocaml@5.3.0")),
        "silent": with_probes(change(PROBE, kind="npm", reached=False, said="npm is not installed")),
        "unused": HEALTHY,
    },
    "reach-debian": {
        "reached": with_probes(change(PROBE, kind="debian", place="ocaml of trixie")),
        "silent": with_probes(change(PROBE, kind="debian", reached=False, said="apt-get is not installed")),
        "unused": HEALTHY,
    },
    "sources": {
        "here": HEALTHY,
        "reachable": with_probes(PROBE),
        "unknown": sick(network=None, archives=(Archive("OCaml 5.3.0"),)),
        "unsure": with_probes(change(PROBE, reached=False, late=True), change(PROBE, kind="npm", reached=False)),
        "nowhere": with_probes(change(PROBE, reached=False)),
        "wrong": sick(archives=(Archive("OCaml 5.3.0", "", "/cache/ocaml.tar.gz"),)),
    },
    "locks": {
        "none": HEALTHY,
        "building": sick(locks=(Lock("/x/build.lock", ("python3 (process 7)",), (7,), True),)),
        "stuck": sick(locks=(Lock("/x/build.lock", ("python3 (process 7)",), (7,), False, True),)),
    },
    "builds": {
        "whole": HEALTHY,
        "none": sick(builds=()),
        "unfinished": sick(builds=(Build("b1", "done"), Build("b2", "stopped"))),
        "unreadable": sick(builds=(Build("b1", "unreadable"),)),
        "left": sick(builds=(Build("b1", "stopped", 2), Build("b2", "done"))),
    },
    "switches": {
        "right": HEALTHY,
        "none": sick(switches=()),
        "answers": sick(wanted=SWITCH.prefix),
        "broken": sick(switches=(SWITCH, change(SWITCH, prefix="/opt/old", problem="bin/ocamlopt is gone"))),
        "broken-wanted": sick(
            switches=(change(SWITCH, problem="bin/ocamlopt is gone"),), wanted=SWITCH.prefix
        ),
        "unproved": sick(switches=(change(SWITCH, failed=2),)),
        "changed": sick(switches=(change(SWITCH, changed=("bin/ocamlopt",)),)),
    },
    "host-compilers": {
        "right": HEALTHY,
        "none": sick(hosts=()),
        "broken": sick(hosts=(Host("/data/hosts/5.3.0", "", "No such file or directory"),)),
    },
}  # fmt: skip

EACH = [(code, word) for code, outcomes in CASES.items() for word in outcomes]
