"""What a thing is, by its bytes; and that each rule finds what contradicts itself, and nothing else."""

from __future__ import annotations

import re

import msgspec
import pytest

from tests.support.elf_files import EM, elf
from tests.support.fakes import REAL
from tests.support.inspected import AARCH64, ARM_HARD, ARM_SOFT, CASES, I686, KNOWN, X86_64, Thing, config, wanted
from tests.support.object_files import (
    ARM64,
    CPU_ARM64,
    CPU_X86_64,
    I386,
    archive,
    arm_object,
    big_object,
    coff,
    elf_object,
    import_object,
    mach_o,
    pe,
    universal,
)  # fmt: skip
from wizard.base.errors import InputError
from wizard.binaries.objects import Part
from wizard.binaries.platforms import platforms
from wizard.prove.inspection import Inspection


def begin(value: object) -> str | None:
    """A short name for a case that is bytes."""
    return repr(value[:12]) if isinstance(value, bytes) else None


def codes(found: Inspection) -> list[str]:
    return [finding.code for finding in found.findings]


def only(thing: Thing) -> tuple[Inspection, Part]:
    found = thing.inspected()
    assert len(found.parts) == 1
    return found, found.parts[0]


# ---------------------------------------------------------------- every rule


@pytest.mark.parametrize("code", CASES)
def test_what_contradicts_itself_is_found_and_what_does_not_is_not(code: str) -> None:
    bad, good = CASES[code]
    assert code in codes(bad.inspected())
    assert code not in codes(good.inspected())


@pytest.mark.parametrize("code", CASES)
def test_a_thing_that_is_right_has_no_errors_at_all(code: str) -> None:
    assert not CASES[code][1].inspected().contradicts


@pytest.mark.parametrize("code", CASES)
def test_the_words_of_a_finding_are_filled_in(code: str) -> None:
    for finding in CASES[code][0].inspected().findings:
        assert finding.what
        assert finding.why
        assert not re.search(r"\{\w*\}", finding.what + finding.why), finding
        assert all(fix.text for fix in finding.fixes)


# ---------------------------------------------------------------- -config


def test_a_64_bit_host_that_built_a_32_bit_compiler_is_found() -> None:
    found = Thing(config(I686, word_size="64", int_size="63")).inspected()
    assert codes(found) == ["config-word-size"]
    assert found.findings[0].what == "architecture is i386, whose words have 32 bits, and word_size is 64"
    assert found.findings[0].fixes[0].command == "ocaml-cross-wizard check --target i686-linux"
    assert found.machines == ()


@pytest.mark.parametrize("architecture", ["i386", "arm"])
def test_the_shortest_of_such_configurations_is_enough(architecture: str) -> None:
    found = Thing(f"architecture: {architecture}\nword_size: 64\nint_size: 63\n".encode()).inspected()
    assert codes(found) == ["config-incomplete", "config-word-size"]


def test_a_right_configuration_is_said_with_its_machine() -> None:
    found = Thing(config()).inspected()
    assert (found.kind, found.findings, found.machines) == ("config", (), ("aarch64-linux",))
    assert found.title == "configuration of OCaml 5.3.0"
    assert found.facts["host"] == "x86_64-pc-linux-gnu"
    assert "model" in found.facts


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "none"},
        {"architecture": "sparc"},
        {"target": "", "host": ""},
        {"c_compiler": "/opt/x/wrappers/aarch64-linux-musl-gcc-12"},
        {"c_compiler": "zig cc -target aarch64-linux-musl"},
        {"c_compiler": "clang --target=arm64-linux-gnu"},
        {"c_compiler": "musl-gcc"},
        {"target": "aarch64-linux-android"},
        {"system": "linux_eabihf"},
        {"version": "5.99.0+trunk"},
    ],
    ids=str,
)
def test_what_is_unusual_and_no_contradiction_is_no_error(changes: dict[str, str]) -> None:
    assert codes(Thing(config(changes)).inspected()) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"c_compiler": "gcc -m32", "asm": "x86_64-linux-gnu-gcc -m32 -c"}, "config-tool"),
        ({"c_compiler": "clang -target x86_64-linux-musl"}, "config-tool"),
        ({"asm": "as", "c_compiler": "cc-12"}, "config-tool-plain"),
        ({"word_size": "sixty"}, "config-incomplete"),
        ({"os_type": "Cygwin", "system": "cygwin64"}, "config-system"),
        ({"os_type": "Unix", "system": "mingw64", "target": "aarch64-w64-mingw32"}, "config-os-type"),
        ({"architecture": "power", "target": "powerpc64le-linux-gnu", "word_size": "16"}, "config-word-size"),
        ({"version": "5.99.0", "architecture": "arm"}, "config-back-end"),
    ],
    ids=str,
)
def test_other_ways_to_contradict_oneself_are_found(changes: dict[str, str], code: str) -> None:
    assert code in codes(Thing(config(changes)).inspected())


def test_intels_two_machines_are_told_apart_by_the_option_too() -> None:
    words = I686 | {"c_compiler": "x86_64-linux-gnu-gcc -m32", "native_c_compiler": "x86_64-linux-gnu-gcc -m32"}
    assert codes(Thing(config(words)).inspected()) == []


def test_a_compiler_for_the_build_machine_is_not_the_one_that_is_expected() -> None:
    native = {
        "architecture": "amd64", "target": "x86_64-pc-linux-gnu", "c_compiler": "gcc", "asm": "as",
        "native_c_compiler": "gcc -O2",
    }  # fmt: skip
    found = Thing(config(native), wanted("aarch64-linux", "musl", "5.3.0")).inspected()
    assert codes(found) == ["config-expected"] * 2
    assert [finding.what.split()[0] for finding in found.findings] == ["architecture", "target"]


def test_line_ends_of_windows_and_names_that_are_no_utf8_do_no_harm() -> None:
    data = config().replace(b"\n", b"\r\n") + b"standard_library: /caf\xe9\n"
    assert codes(Thing(data).inspected()) == []


# ---------------------------------------------------------------- ELF


@pytest.mark.parametrize(
    ("data", "machine", "architecture", "abi", "target"),
    [
        (arm_object(1), "EM_ARM", "arm", "hard-float", "armv7-linux"),
        (arm_object(0), "EM_ARM", "arm", "soft-float", "armv7-linux"),
        (arm_object(None), "EM_ARM", "arm", "soft-float", "armv7-linux"),
        (arm_object(None, floats=0), "EM_ARM", "arm", "", "armv7-linux"),
        (arm_object(3), "EM_ARM", "arm", "", "armv7-linux"),
        (elf(EM["EM_ARM"], 32, flags=0x0500_0400), "EM_ARM", "arm", "hard-float", "armv7-linux"),
        (elf(EM["EM_ARM"], 32, flags=0x0500_0200), "EM_ARM", "arm", "soft-float", "armv7-linux"),
        (elf_object(EM["EM_RISCV"], flags=5), "EM_RISCV", "riscv", "lp64d", "riscv64-linux"),
        (elf_object(EM["EM_RISCV"]), "EM_RISCV", "riscv", "lp64", "riscv64-linux"),
        (elf_object(EM["EM_RISCV"], 32, flags=2), "EM_RISCV", "riscv", "ilp32f", ""),
        (elf_object(EM["EM_PPC64"], flags=2), "EM_PPC64", "power", "ELFv2", "powerpc64le-linux"),
        (elf_object(EM["EM_PPC64"], flags=1, byte_order="big"), "EM_PPC64", "power", "ELFv1", ""),
        (elf_object(EM["EM_S390"], byte_order="big"), "EM_S390", "s390x", "", "s390x-linux"),
        (elf_object(EM["EM_386"], 32), "EM_386", "i386", "", "i686-linux"),
        (elf_object(EM["EM_X86_64"], 32), "EM_X86_64", "amd64", "", ""),  # the x32 ABI
        (elf_object(8), "EM_MIPS", "", "", ""),
    ],
    ids=begin,
)
def test_elf_files_say_their_machine_and_calling_convention(
    data: bytes, machine: str, architecture: str, abi: str, target: str
) -> None:
    found, part = only(Thing(data))
    assert part.facts is not None
    assert (part.facts.machine, part.facts.architecture, part.facts.abi) == (machine, architecture, abi)
    assert found.machines == ((target,) if target else ())
    assert not found.contradicts


@pytest.mark.parametrize(
    ("data", "title", "linked"),
    [
        (elf(), "ELF executable", "static"),
        (elf(kind="ET_DYN", interpreter="/lib/ld-musl-aarch64.so.1"), "ELF executable", "dynamic"),
        (elf(kind="ET_DYN", needed=("libc.so",)), "ELF shared library", "dynamic"),
        (AARCH64, "ELF object", None),
    ],
    ids=begin,
)
def test_elf_files_say_whether_they_are_whole(data: bytes, title: str, linked: str | None) -> None:
    found = Thing(data).inspected()
    assert found.title == title
    assert found.facts.get("linked") == linked


def test_a_program_of_another_system_on_the_same_processor_is_told_apart() -> None:
    assert Thing(elf(osabi=3)).inspected().machines == ("aarch64-linux",)
    for other in (elf(osabi=9), elf(interpreter="/system/bin/linker64")):
        found = Thing(other, wanted("aarch64-linux")).inspected()
        assert found.machines == ()
        assert codes(found) == ["object-other-machine"]


def test_a_machine_that_nobody_knows_is_said_by_its_number() -> None:
    assert Thing(elf(machine=0x7ABC)).inspected().facts["machine"] == "e_machine 31420"


# ---------------------------------------------------------------- PE/COFF, Mach-O, WebAssembly


@pytest.mark.parametrize(
    ("data", "kind", "target"),
    [
        (pe(imports=("KERNEL32.dll", "msvcrt.dll")), "executable", "x86_64-windows"),
        (pe(dll=True), "shared library", "x86_64-windows"),
        (pe(I386, 32), "executable", ""),
        (pe(ARM64), "executable", ""),
        (coff(), "object", "x86_64-windows"),
        (coff(I386), "object", ""),
        (big_object(), "object", "x86_64-windows"),
        (import_object(), "import object", "x86_64-windows"),
    ],
    ids=begin,
)
def test_windows_files_say_what_they_are(data: bytes, kind: str, target: str) -> None:
    found, part = only(Thing(data))
    assert part.facts is not None
    assert (part.facts.format, part.facts.kind) == ("pe", kind)
    assert found.machines == ((target,) if target else ())


def test_windows_own_libraries_are_always_there_and_the_toolchains_are_not() -> None:
    without_toolchain = Thing(pe(imports=("KERNEL32.dll",)), static=True).inspected()
    assert without_toolchain.facts["needed"] == "KERNEL32.dll"
    assert codes(without_toolchain) == []
    needy = Thing(pe(imports=("KERNEL32.dll", "libwinpthread-1.dll")), static=True).inspected()
    assert codes(needy) == ["program-dynamic"]
    assert "needs libwinpthread-1.dll" in needy.findings[0].what


def test_a_program_of_cygwin_is_not_one_of_windows() -> None:
    found = Thing(pe(imports=("cygwin1.dll",)), wanted("x86_64-windows")).inspected()
    assert codes(found) == ["object-other-machine"]


def test_mac_files_say_what_they_are() -> None:
    data = mach_o(needed=("/usr/lib/libSystem.B.dylib",), interpreter="/usr/lib/dyld", platform=1)
    found, part = only(Thing(data, static=True))
    assert part.facts is not None
    assert (part.facts.machine, part.facts.bits, part.facts.system) == ("CPU_TYPE_ARM64", 64, "macos")
    assert (part.facts.interpreter, part.facts.needed) == ("/usr/lib/dyld", ("/usr/lib/libSystem.B.dylib",))
    assert found.machines == ("aarch64-macos",)
    assert found.findings == ()
    assert Thing(mach_o(platform=2)).inspected().machines == ()  # iOS


def test_a_universal_file_is_for_each_of_its_machines() -> None:
    data = universal((CPU_X86_64, mach_o(CPU_X86_64)), (CPU_ARM64, mach_o()))
    found = Thing(data, wanted("aarch64-macos")).inspected()
    assert (found.kind, found.machines, found.findings) == ("universal", ("aarch64-macos",), ())
    assert [part.name for part in found.parts] == ["CPU_TYPE_X86_64", "CPU_TYPE_ARM64"]
    assert codes(Thing(data, wanted("x86_64-linux")).inspected()) == ["object-other-machine"]


def test_a_webassembly_module_is_recognised() -> None:
    found = Thing(b"\0asm\1\0\0\0").inspected()
    assert (found.title, found.machines) == ("WebAssembly module", ("wasm32-wasi",))


# ---------------------------------------------------------------- archives

LONG = "a_name_longer_than_a_header_takes.o"


@pytest.mark.parametrize("style", ["gnu", "bsd"])
def test_members_are_named_and_indexes_are_not(style: str) -> None:
    members = (("short.o", AARCH64 + b"x"), (LONG, AARCH64), ("second_" + LONG, AARCH64))
    data = archive(*members, style="gnu" if style == "gnu" else "bsd")
    found = Thing(data).inspected()
    assert [part.name for part in found.parts] == ["short.o", LONG, "second_" + LONG]
    assert found.facts["objects"] == "3"
    assert found.machines == ("aarch64-linux",)
    assert found.findings == ()


def test_objects_of_the_build_machine_in_a_library_are_named() -> None:
    data = archive(("a.o", AARCH64), ("b.o", X86_64), ("c.o", elf_object(EM["EM_S390"], byte_order="big")))
    found = Thing(data, wanted("aarch64-linux", here="x86_64-linux")).inspected()
    assert sorted(codes(found)) == ["archive-mixed", "object-build-machine", "object-other-machine"]
    words = {finding.code: finding.what for finding in found.findings}
    assert words["object-build-machine"] == "thing: b.o is for this machine, x86_64-linux, not for aarch64-linux"
    assert words["object-other-machine"].startswith("thing: c.o is for EM_S390 (ELF, 64 bits, big endian), not")
    assert words["archive-mixed"].count(" of EM_") == 3
    assert found.machines == ()


def test_many_members_are_not_all_named() -> None:
    found = Thing(archive(*((f"{n}.o", X86_64) for n in range(9))), wanted("aarch64-linux")).inspected()
    assert "0.o, 1.o, 2.o and 6 more" in found.findings[0].what


def test_a_32_bit_arm_object_in_a_64_bit_library_is_found() -> None:
    assert codes(Thing(archive(("a.o", AARCH64), ("b.o", ARM_HARD))).inspected()) == ["archive-mixed"]


def test_objects_without_floats_fit_both_calling_conventions() -> None:
    assert codes(Thing(archive(("a.o", ARM_HARD), ("b.o", arm_object(None, floats=0)))).inspected()) == []
    assert codes(Thing(archive(("a.o", ARM_HARD), ("b.o", ARM_SOFT))).inspected()) == ["archive-mixed-abi"]


def test_the_triplet_decides_which_float_abi_is_expected() -> None:
    musl = msgspec.structs.replace(
        KNOWN.libcs["musl"], triplets=KNOWN.libcs["musl"].triplets | {"armv7-linux": "armv7-linux-musleabi"}
    )
    soft = msgspec.structs.replace(wanted("armv7-linux"), triplets=(musl.triplets["armv7-linux"],))
    assert codes(Thing(ARM_HARD, soft).inspected()) == ["object-abi"]
    assert codes(Thing(ARM_SOFT, soft).inspected()) == []


@pytest.mark.parametrize(
    ("target", "data"),
    [
        ("riscv64-linux", elf_object(EM["EM_RISCV"])),
        ("powerpc64le-linux", elf_object(EM["EM_PPC64"], flags=1)),
    ],
    ids=begin,
)
def test_the_one_calling_convention_of_a_back_end_is_expected(target: str, data: bytes) -> None:
    assert codes(Thing(data, wanted(target)).inspected()) == ["object-abi"]


@pytest.mark.parametrize(
    "member", [b"Caml1999Z035", b"!<arch>\n", b"debian", b"BC\xc0\xde", b"\0\0\xff\xff", b"\x64\x86"], ids=str
)
def test_a_member_that_is_no_object_is_an_error(member: bytes) -> None:
    assert codes(Thing(archive(("a.o", AARCH64), ("b", member))).inspected()) == ["archive-member-foreign"]


# ---------------------------------------------------------------- what cannot be inspected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"hello\n", "file-unknown"),
        (b"architecture: amd64\n", "file-unknown"),
        (config().replace(b"5.3", b"\0"), "file-unknown"),
        (b"#!/bin/sh\n", "file-unknown"),
        (b"/* GNU ld script\n*/", "file-unknown"),
        (b"Caml1999Z035", "file-unknown"),
        (b"!<thin>\n", "file-unknown"),
        (b"\xca\xfe\xba\xbe\0\0\0\x41" + b"\0" * 99, "file-unknown"),  # a Java class
        (b"!<arch>\n123", "file-damaged"),
        (b"!<arch>\n" + b"x" * 60, "file-damaged"),
        (archive(("a.o", AARCH64))[:-2], "file-damaged"),
        (archive((LONG, AARCH64)).replace(b"/0 ", b"/99"), "file-damaged"),
        (b"MZ" + b"\0" * 99, "file-damaged"),
        (pe()[:-1], "file-damaged"),
        (mach_o()[:-1], "file-damaged"),
        (mach_o()[:40], "file-damaged"),
        (b"\0asm\2", "file-damaged"),
        (AARCH64[:-1], "file-damaged"),
    ],
    ids=begin,
)
def test_what_cannot_be_inspected_is_one_error(data: bytes, code: str) -> None:
    with pytest.raises(InputError, match="thing") as raised:
        Thing(data).inspected()
    assert raised.value.code == code
    assert raised.value.render().isprintable() is False  # several lines
    assert all(line.isprintable() for line in raised.value.render().splitlines())


# ---------------------------------------------------------------- platforms.toml


def test_every_architecture_of_a_release_is_known_to_inspect() -> None:
    native = {arch for release in REAL.releases.values() for arch in release.native}
    assert native <= set(platforms().architecture)


def test_the_catalogues_machines_agree_with_what_is_known_of_their_architecture() -> None:
    for machine in REAL.machines.values():
        architecture = platforms().architecture.get(machine.ocaml_arch)
        if architecture is None:
            continue
        assert machine.word_size in architecture.word_sizes
        assert platforms().architecture_of(f"{machine.arch}-x") == machine.ocaml_arch
        if machine.object_format == "elf":
            assert machine.elf_machine in architecture.elf


@pytest.mark.parametrize(
    ("triplet", "architecture", "system"),
    [
        ("x86_64-pc-linux-gnu", "amd64", "linux"),
        ("aarch64-linux-android", "arm64", "android"),
        ("arm64-apple-darwin23", "arm64", "macos"),
        ("armv7-unknown-linux-musleabihf", "arm", "linux"),
        ("i686-w64-mingw32", "i386", "windows"),
        ("x86_64-pc-cygwin", "amd64", "cygwin"),
        ("i686-pc-gnu", "i386", "hurd"),
        ("powerpc64le-linux-gnu", "power", "linux"),
        ("x86_64-solo5-none-static", "amd64", "solo5"),
        ("x86_64-solo5-linux-gnu", "amd64", "solo5"),
        ("mips-linux-gnu", "", "linux"),
        ("", "", ""),
    ],
)
def test_triplets_are_understood(triplet: str, architecture: str, system: str) -> None:
    assert (platforms().architecture_of(triplet), platforms().system_of(triplet)) == (architecture, system)
