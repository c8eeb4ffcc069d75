"""The runtime constants: what OCaml's runtime/sys.c fixes when it is compiled, and a cross-compiler inherits."""

from __future__ import annotations

import msgspec

from wizard.catalogue.model import Machine, Release

OSTYPES = ("Unix", "Win32", "Cygwin")
"""The types of operating system that OCaml tells apart."""


class RuntimeConstants(msgspec.Struct, frozen=True):
    """The constants that host and target must share (naked_pointers_checked is reported only).

    word_size and int_size are in bits; max_wosize is the largest block, in words
    (runtime/caml/mlvalues.h: 2^54 - 1 on 64 bits, 2^22 - 1 on 32).
    """

    word_size: int
    int_size: int
    max_wosize: int
    ostype_unix: bool
    ostype_win32: bool
    ostype_cygwin: bool
    backend_type: str
    naked_pointers_checked: bool


def predicted(machine: Machine) -> RuntimeConstants:
    """The constants a native compiler configured by the wizard has on `machine`."""
    return RuntimeConstants(
        word_size=machine.word_size,
        int_size=machine.word_size - 1,
        max_wosize=2**54 - 1 if machine.word_size == 64 else 2**22 - 1,
        ostype_unix=machine.ostype == "Unix",
        ostype_win32=machine.ostype == "Win32",
        ostype_cygwin=machine.ostype == "Cygwin",
        backend_type="native",
        naked_pointers_checked=False,
    )


class ConstantRow(msgspec.Struct, frozen=True):
    """One constant of host and target side by side.

    allowed: they differ, and the release makes a compiler for the target all the same.
    """

    name: str
    host: str
    target: str
    agree: bool
    allowed: bool = False


def crosses_ostype(host: Machine, target: Machine, release: Release) -> bool:
    """True where host and target are of two types of system between which the release can cross.

    OCaml 5.4's manual, cross-compilation: from Unix to Windows.
    """
    return release.windows and (host.ostype, target.ostype) == ("Unix", "Win32")


def side_by_side(host: Machine, target: Machine, release: Release) -> tuple[ConstantRow, ...]:
    """The table of predicted constants of a host and a target."""
    left, right = msgspec.to_builtins(predicted(host)), msgspec.to_builtins(predicted(target))
    crossed = crosses_ostype(host, target, release)

    def row(name: str) -> ConstantRow:
        agree = left[name] == right[name]
        allowed = not agree and crossed and name.startswith("ostype_")
        return ConstantRow(name, shown(left[name]), shown(right[name]), agree, allowed)

    return tuple(map(row, left))


def shown(value: bool | int | str) -> str:
    """A constant as OCaml prints it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def expected_config(machine: Machine, release: Release) -> dict[str, str]:
    """What `ocamlopt -config` of a right cross-compiler for `machine` must answer, by variable."""
    constants = predicted(machine)
    config = {
        "version": release.id,
        "architecture": machine.ocaml_arch,
        "word_size": str(constants.word_size),
        "int_size": str(constants.int_size),
        "os_type": machine.ostype,
    }
    if release.version >= (4, 14):  # earlier ones do not say it
        config["naked_pointers"] = "false" if release.multicore else "true"
    if release.version >= (5, 1):
        config["native_compiler"] = "true"
    if machine.ostype == "Win32":
        config |= {"ext_exe": machine.program_suffix, "ext_dll": ".dll"}
    return config
