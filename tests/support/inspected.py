"""For every finding of `inspect`: a thing that has it, and one like it that has not."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from tests.support.elf_files import EM, elf
from tests.support.fakes import REAL
from tests.support.object_files import AMD64, archive, arm_object, elf_object, pe
from wizard.catalogue.model import Catalogue
from wizard.prove.expectation import Expectation, expect
from wizard.prove.inspection import Inspection, inspect


def _few() -> Catalogue:
    """The catalogue with one machine of each kind that `inspect` tells apart, so that one fits and no more."""
    ids = (
        "x86_64-linux", "aarch64-linux", "armv7-linux", "i686-linux", "riscv64-linux", "powerpc64le-linux",
        "s390x-linux", "x86_64-windows", "aarch64-macos", "wasm32-wasi",
    )  # fmt: skip
    return msgspec.structs.replace(
        REAL, machines={id_: REAL.machines[id_] for id_ in ids}, libcs={"musl": REAL.libcs["musl"]}
    )


KNOWN = _few()


def wanted(target: str, libc: str = "", release: str = "", here: str = "") -> Expectation:
    return expect(KNOWN, target, libc, KNOWN.releases[release] if release else None, here)


def config(changes: dict[str, str] | None = None, **more: str) -> bytes:
    """What `ocamlopt -config` of a right compiler prints (5.3.0 for aarch64, by x86_64), but for the changes."""
    words = {
        "version": "5.3.0",
        "c_compiler": "aarch64-linux-musl-gcc",
        "native_c_compiler": "aarch64-linux-musl-gcc -O2 -pthread",
        "native_compiler": "true",
        "architecture": "arm64",
        "model": "default",
        "int_size": "63",
        "word_size": "64",
        "system": "linux",
        "asm": "aarch64-linux-musl-gcc -c",
        "os_type": "Unix",
        "host": "x86_64-pc-linux-gnu",
        "target": "aarch64-unknown-linux-musl",
        "naked_pointers": "false",
    }
    words |= (changes or {}) | more
    return "".join(f"{name}: {value}\n" for name, value in words.items()).encode()


I686 = {
    "architecture": "i386", "word_size": "32", "int_size": "31", "version": "4.14.1", "native_compiler": "",
    "target": "i686-unknown-linux-musl", "c_compiler": "i686-linux-musl-gcc", "asm": "i686-linux-musl-as",
    "native_c_compiler": "i686-linux-musl-gcc", "host": "i686-unknown-linux-musl",
}  # fmt: skip
LOADER = "/lib/ld-linux-aarch64.so.1"

ARM_SOFT, ARM_HARD = arm_object(0), arm_object(1)
AARCH64 = elf_object(EM["EM_AARCH64"])
X86_64 = elf_object(EM["EM_X86_64"])


class Thing(NamedTuple):
    """What is given to `inspect`."""

    data: bytes
    expected: Expectation | None = None
    static: bool = False

    def inspected(self) -> Inspection:
        return inspect("thing", self.data, KNOWN, self.expected, static=self.static)


def _archive(*objects: bytes) -> bytes:
    return archive(*((f"{number}.o", data) for number, data in enumerate(objects)))


RISCV = EM["EM_RISCV"]
CASES: dict[str, tuple[Thing, Thing]] = {
    "config-incomplete": (Thing(config(version="")), Thing(config())),
    "config-twice": (Thing(config() + config(version="5.4.1")), Thing(config() + config())),
    "config-word-size": (Thing(config(I686, word_size="64", int_size="63")), Thing(config(I686))),
    "config-int-size": (Thing(config(I686, int_size="63")), Thing(config(I686))),
    "config-os-type": (Thing(config(os_type="Win32")), Thing(config())),
    "config-system": (Thing(config(system="macosx")), Thing(config())),
    "config-target": (Thing(config(architecture="amd64")), Thing(config())),
    "config-tool": (Thing(config(c_compiler="x86_64-linux-gnu-gcc")), Thing(config())),
    "config-tool-plain": (
        Thing(config(c_compiler="gcc")),
        Thing(config(c_compiler="gcc", host="aarch64-unknown-linux-musl")),
    ),
    "config-naked-pointers": (Thing(config(naked_pointers="true")), Thing(config(I686, naked_pointers="true"))),
    "config-back-end": (Thing(config(I686, version="5.3.0", native_compiler="true")), Thing(config())),
    "config-expected": (
        Thing(config(), wanted("aarch64-linux", release="5.4.1")),
        Thing(config(), wanted("aarch64-linux", "musl", release="5.3.0")),
    ),
    "object-other-machine": (Thing(X86_64, wanted("aarch64-linux")), Thing(AARCH64, wanted("aarch64-linux"))),
    "object-build-machine": (
        Thing(X86_64, wanted("aarch64-linux", here="x86_64-linux")),
        Thing(X86_64, wanted("x86_64-linux", here="x86_64-linux")),
    ),
    "object-abi": (Thing(ARM_SOFT, wanted("armv7-linux")), Thing(ARM_HARD, wanted("armv7-linux"))),
    "program-dynamic": (
        Thing(elf(interpreter=LOADER, needed=("libc.so.6",)), static=True),
        Thing(elf(), static=True),
    ),
    "archive-mixed": (Thing(_archive(AARCH64, X86_64)), Thing(_archive(AARCH64, AARCH64))),
    "archive-mixed-abi": (
        Thing(_archive(elf_object(RISCV, flags=0), elf_object(RISCV, flags=4))),
        Thing(_archive(elf_object(RISCV, flags=5), elf_object(RISCV, flags=4))),
    ),
    "archive-member-empty": (Thing(_archive(AARCH64, b"")), Thing(_archive(AARCH64))),
    "archive-member-foreign": (Thing(_archive(AARCH64, b"#!/bin/sh\n")), Thing(_archive(AARCH64))),
    "archive-member-damaged": (Thing(_archive(AARCH64, AARCH64[:99])), Thing(_archive(AARCH64))),
    "archive-empty": (Thing(_archive()), Thing(_archive(pe(AMD64)))),
}
