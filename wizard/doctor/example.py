"""A machine on which everything is as it should be: what examples and pictures take instead of this one."""

from __future__ import annotations

from wizard.doctor.checks_folders import TEMPORARY
from wizard.doctor.facts import (
    Archive,
    Build,
    Clock,
    Compiler,
    Disk,
    Emulator,
    Facts,
    Handler,
    Host,
    Kernel,
    Limits,
    Memory,
    Network,
    Ocaml,
    Person,
    Probe,
    Switch,
    Terminal,
    Tool,
)
from wizard.machine.survey import ordinary_linux

NOW = 1_800_000_000.0


def ordinary_machine() -> Facts:
    """An x86_64 Linux with an OCaml, a cross gcc, QEMU, a switch and a network."""
    return Facts(
        wizard="0.1.0",
        python="3.11.2",
        here=ordinary_linux(),
        releases=("5.3.0", "5.4.1"),
        zig_tested="0.17.0",
        zig_package="ziglang",
        manager="apt-get",
        tools={
            "make": Tool("/usr/bin/make", "GNU Make 4.3"),
            "cc": Tool("/usr/bin/gcc", "x86_64-linux-gnu"),
            "zig": Tool("/opt/ziglang/zig", "0.17.0"),
        },
        absent=(),
        compilers=(
            Compiler(
                "aarch64-linux-gnu", "/usr/bin/aarch64-linux-gnu-gcc", "aarch64-linux", "aarch64-linux-gnu",
                "EM_AARCH64", fits=True,
            ),
        ),
        ocamls=(Ocaml("/usr/bin", "5.3.0", "5.3.0", "x86_64-pc-linux-gnu"),),
        emulators=(
            Emulator(
                "qemu-aarch64",
                ("aarch64-linux",),
                "/usr/bin/qemu-aarch64",
                "qemu-aarch64 version 7.2",
                package="qemu-user",
            ),
        ),
        handlers=(Handler("qemu-aarch64", "/usr/bin/qemu-aarch64", enabled=True, there=True),),
        disks=(
            Disk("builds", "/home/me/state", "/home/me", "ext4", 50_000, 100_000, 900_000, 1_000_000),
            Disk(TEMPORARY, "/tmp", "/tmp", "tmpfs", 50_000, 100_000),
        ),
        memory=Memory(16_000, 12_000, 2_000),
        limits=Limits(1024, 524_288),
        variables={},
        person=Person(1000, "/home/me", 1000),
        clock=Clock(NOW, NOW - 60, "/home/me/state/builds/x"),
        kernel=Kernel("6.1.0", True, "open"),
        terminal=Terminal(True, "xterm-256color", 100, 30, "utf-8", 1 << 24),
        proxies=(),
        network=Network(
            (Probe("official", "https://example.org/ocaml.tar.gz", True, "", ("OCaml 5.3.0",), 1.5),)
        ),
        archives=(Archive("OCaml 5.3.0", "/cache/ocaml-5.3.0.tar.gz"),),
        locks=(),
        builds=(Build("5.3.0-aarch64-linux-musl-1", "done"),),
        switches=(Switch("/opt/arm", "OCaml 5.3.0 for aarch64-linux-musl"),),
        hosts=(Host("/data/hosts/5.3.0", "5.3.0-x86_64-linux"),),
    )  # fmt: skip
