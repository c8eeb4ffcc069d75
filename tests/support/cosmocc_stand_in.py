"""A stand-in for cosmocc, made from zig and musl: a folder of the same layout, for Linux only.

It takes the way that the real one takes: given as a folder, kept, called by the wrapper scripts, its programs
fused into one file by its apelink. They are Linux programs in a file that begins as a portable one does: a
shell takes out the one for its processor. Nothing of Cosmopolitan is in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.fakes import REAL
from tests.support.scripts import write
from tests.support.wrapper_texts import texts_of
from wizard.toolchains import zig as zig_provider

ZIG = REAL.toolchains["zig"]
RESERVED = {"x86_64": "", "aarch64": "-ffixed-x18 -ffixed-x28"}
"""What the real one's driver adds: registers that its C code leaves alone."""

_SPEEDS = "#include <termios.h>\n#undef B460800\n#undef B921600\n"
"""Two speeds that Cosmopolitan does not have count in a table's length."""

_DRIVER = """\
#!/bin/sh
# A stand-in made from musl: not cosmocc.
[ "$1" != -dumpmachine ] || {{ echo {arch}-linux-cosmo; exit; }}
for word do
  case $word in termios.c) set -- -include "${{0%/*}}/../libexec/speeds.h" "$@" ;; esac
done
exec "${{0%/*}}/../libexec/{arch}-linux-musl-gcc" {reserved} "$@"
"""

_TOOL = """\
#!/bin/sh
exec "${{0%/*}}/../libexec/{arch}-linux-musl-{tool}" "$@"
"""

_FAILS = "#!/bin/sh\necho 'a stand-in has none of these' >&2\nexit 1\n"

# As a program for several machines begins: a script that writes the header of each over the file's beginning, so
# that whoever reads it finds them; here it takes the whole program out instead.
_APELINK = """\
#!{python}
import struct, sys

HEAD = 16384
words, programs, out = sys.argv[1:], [], ""
while words:
    word = words.pop(0)
    if word in ("-l", "-M"):
        open(words.pop(0), "rb").close()
    elif word == "-o":
        out = words.pop(0)
    else:
        programs.append(open(word, "rb").read())
names = {{62: "x86_64", 183: "aarch64"}}
offset, cases, printed, tables = HEAD, "", "", b""
for data in programs:
    header = bytearray(data[:64])
    machine, start, count = (struct.unpack_from(*where)[0] for where in (
        ("<H", data, 18), ("<Q", data, 32), ("<H", data, 56)))
    struct.pack_into("<QQ", header, 32, HEAD // 2 + len(tables), 0)
    struct.pack_into("<HHH", header, 58, 0, 0, 0)
    for number in range(count):
        entry = bytearray(data[start + 56 * number : start + 56 * (number + 1)])
        struct.pack_into("<Q", entry, 8, struct.unpack_from("<Q", entry, 8)[0] + offset)
        tables += entry
    printed += "printf '\\\\177ELF" + "".join("\\\\%o" % byte for byte in header[4:]) + "' >/dev/null\\n"
    cases += "  %s) at=%d size=%d ;;\\n" % (names[machine], offset + 1, len(data))
    offset += len(data)
script = (
    "jartsr='\\na stand-in made from musl: not Cosmopolitan\\n'\\ncase $(uname -m) in\\n" + cases
    + "  *) echo 'not for this processor' >&2; exit 121 ;;\\nesac\\n" + printed
    + "program=${{TMPDIR:-/tmp}}/stand-in.$$\\n"
    + 'tail -c "+$at" "$0" | head -c "$size" >"$program" && chmod 700 "$program" || exit 121\\n'
    + '"$program" "$@"\\nstatus=$?\\nrm -f "$program"\\nexit $status\\n'
).encode()
assert len(script) < HEAD // 2 and len(tables) <= HEAD // 2
with open(out, "wb") as file:
    file.write(script.ljust(HEAD // 2, b"\\n") + tables.ljust(HEAD // 2, b"\\0") + b"".join(programs))
"""


def make_cosmocc(zig: Path, libcs: dict[str, Path], into: Path) -> Path:
    """Make the folder `into`. zig: the folder of a zig; libcs: for each processor its musl, as zig compiles it."""
    for arch, libc in libcs.items():
        texts = texts_of(zig_provider.wrapper_scripts(ZIG, f"{arch}-linux-musl", str(zig), str(libc)))
        for name, (text, _) in texts.items():
            write(into / "libexec" / name, text)
        driver = _DRIVER.format(arch=arch, reserved=RESERVED[arch])
        for name in (f"{arch}-unknown-cosmo-cc", f"{arch}-linux-cosmo-gcc"):
            write(into / "bin" / name, driver)
        for tool in ("ld", "as", "ar", "ranlib", "strip"):
            write(into / "bin" / f"{arch}-linux-cosmo-{tool}", _TOOL.format(arch=arch, tool=tool))
        for tool in ("nm", "objcopy"):
            write(into / "bin" / f"{arch}-linux-cosmo-{tool}", _FAILS)
    write(into / "libexec" / "speeds.h", _SPEEDS)
    write(into / "bin" / "apelink", _APELINK.format(python=sys.executable))
    for name in ("ape-x86_64.elf", "ape-aarch64.elf", "ape-m1.c"):
        write(into / "bin" / name, "a stand-in has no loader\n")
    (into / "README.md").write_text("A stand-in for cosmocc, made from zig and musl.\n", encoding="utf-8")
    return into
