"""A stand-in for Cosmopolitan's amalgamation, made from musl: an archive of the same layout, for Linux only.

It takes the way that the real one takes: verified, unpacked, headers and start-up laid over it, programs linked
by its linker script and made portable by objcopy. Its programs begin with the same letters and are started by a
shell, and they hold an ordinary Linux program: nothing of Cosmopolitan is in it.
"""

from __future__ import annotations

import re
import struct
import subprocess
import zipfile
from pathlib import Path

from tests.support.fakes import REAL
from wizard.toolchains.cosmopolitan_library import overlay

TRIPLET = "x86_64-linux-musl"
NO_HEADERS = ("stdnoreturn.h", "stdalign.h", "iso646.h")
"""They take ordinary words away: in one header with all others, nobody asked for that."""

_EHDR = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0x402000, 64, 0, 0, 64, 56, 3, 0, 0, 0)
_ESCAPED = "\\177ELF" + "".join(f"\\{byte:o}" for byte in _EHDR[4:])

# The head of a program: a shell script of one page; the Linux program follows it.
_SCRIPT = f"""\
MZqFpD='
a stand-in made from musl: not Cosmopolitan
'
printf '{_ESCAPED}' >/dev/null
program=${{TMPDIR:-/tmp}}/stand-in.$$
tail -c +4097 "$0" >"$program" && chmod 700 "$program" || exit 121
"$program" "$@"
status=$?
rm -f "$program"
exit $status
"""

# What this means: the header of the Linux program, of numbers that the linker script gives.
_HEAD = """\
        .section .head, "a"
        .incbin "script"
        .balign 4096
        .section .elf, "a"
        .byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
        .short 2, 62
        .long 1
        .quad _start, 64, 0
        .long 0
        .short 64, 56, 3, 0, 0, 0
        .long 1, 7
        .quad 0, __elf, __elf, __file_size, __memory_size, 4096
        .long 7, 4
        .quad __tls_offset, __tls, __tls, __tls_file_size, __tls_size, 64
        .long 0x6474e551, 6
        .quad 0, 0, 0, 0, 0x1000000, 16
        .section .note.GNU-stack, "", @progbits
"""

_LINKER_SCRIPT = """\
ENTRY(_start)
PHDRS {
  all PT_LOAD FILEHDR PHDRS FLAGS(7);
  tls PT_TLS;
  stack PT_GNU_STACK FLAGS(6);
}
SECTIONS {
  . = 0x400000 + SIZEOF_HEADERS;
  . = ALIGN(4096);
  .head : { KEEP(*(.head)) } :all
  .elf : { __elf = .; KEEP(*(.elf)) } :all
  .text : { *(.text .text.*) } :all
  .rodata : { *(.rodata .rodata.*) *(.eh_frame .eh_frame.*) } :all
  .init_array : {
    PROVIDE_HIDDEN(__preinit_array_start = .);
    KEEP(*(.preinit_array*))
    PROVIDE_HIDDEN(__preinit_array_end = .);
    PROVIDE_HIDDEN(__init_array_start = .);
    KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
    KEEP(*(.init_array))
    PROVIDE_HIDDEN(__init_array_end = .);
    PROVIDE_HIDDEN(__fini_array_start = .);
    KEEP(*(.fini_array*))
    PROVIDE_HIDDEN(__fini_array_end = .);
  } :all
  .tdata : ALIGN(64) { __tls = .; *(.tdata .tdata.*) __tls_data_end = .; } :all :tls
  .tbss : { *(.tbss .tbss.*) *(.tcommon) __tls_end = .; } :all :tls
  .data : ALIGN(64) { *(.data .data.*) *(.got .got.*) } :all
  __data_end = .;
  .bss : ALIGN(64) { *(.bss .bss.*) *(COMMON) } :all
  __end = .;
  __file_size = __data_end - __elf;
  __memory_size = __end - __elf;
  __tls_offset = __tls - __elf;
  __tls_file_size = __tls_data_end - __tls;
  __tls_size = SIZEOF(.tdata) + SIZEOF(.tbss);
  /DISCARD/ : { *(.comment) *(.note*) }
}
"""

_MORE = 'extern char **environ;\nchar *__fmt_dtoa(void) { return *environ; }\nconst char stand_in[] = "musl";\n'


def make_stand_in(zig: Path, libc: Path, into: Path) -> Path:
    """Make the archive in the folder `into`.

    zig: the folder of a zig; libc: that of its musl for x86_64 (wizard.toolchains.wrappers.LIBC_SCRIPT).
    """
    into.mkdir(parents=True)
    files = {
        "crt.o": (libc / "crt1.o").read_bytes(),
        "ape.lds": _LINKER_SCRIPT.encode(),
        "cosmopolitan.h": _header(zig, into).encode(),
        "cosmopolitan.a": _library(libc, into),
    }
    head = _head(into)
    files |= {f"ape{kind}.o": head for kind in ("", "-no-modify-self", "-copy-self")}
    with zipfile.ZipFile(into / "stand-in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return into / "stand-in.zip"


def _header(zig: Path, work: Path) -> str:
    """One header with all of musl's: what the preprocessor makes of them, their macros kept."""
    folders = [zig / "lib" / "libc" / "include" / name for name in REAL.toolchains["zig"].headers[TRIPLET]]
    names = [name for name in overlay().headers if name not in NO_HEADERS]
    there = [name for name in names if any((folder / name).is_file() for folder in folders)]
    (work / "all.c").write_text(
        "#define _GNU_SOURCE 1\n" + "".join(f"#include <{name}>\n" for name in there), encoding="utf-8"
    )
    include = [word for folder in folders for word in ("-isystem", str(folder))]
    text = subprocess.run(
        ["gcc", "-nostdinc", *include, "-E", "-P", "-dD", "all.c"],
        cwd=work, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    # gcc's own macros are gcc's own; two speeds that Cosmopolitan does not have count in a table's length.
    text = re.sub(r"^#define __(?:STDC|STDC_\w+) .*\n", "", text, flags=re.MULTILINE)
    return f"#ifndef COSMOPOLITAN_H_\n#define COSMOPOLITAN_H_\n{text}\n#undef B460800\n#undef B921600\n#endif\n"


def _library(libc: Path, work: Path) -> bytes:
    (work / "more.c").write_text(_MORE, encoding="utf-8")
    subprocess.run(["gcc", "-c", "-O2", "-fno-pic", "-fno-stack-protector", "more.c"], cwd=work, check=True)
    for name in ("libc.a", "libcompiler_rt.a", "libzigc.a"):
        (work / name).write_bytes((libc / name).read_bytes())
    script = "CREATE all.a\nADDLIB libc.a\nADDLIB libcompiler_rt.a\nADDLIB libzigc.a\nADDMOD more.o\nSAVE\nEND\n"
    subprocess.run(["ar", "-M"], cwd=work, check=True, input=script, text=True, capture_output=True)
    return (work / "all.a").read_bytes()


def _head(work: Path) -> bytes:
    (work / "script").write_text(_SCRIPT, encoding="utf-8")
    (work / "head.s").write_text(_HEAD, encoding="utf-8")
    subprocess.run(["gcc", "-c", "head.s", "-o", "head.o"], cwd=work, check=True)
    return (work / "head.o").read_bytes()
