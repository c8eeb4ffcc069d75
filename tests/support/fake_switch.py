"""A fake switch for aarch64 and what it should answer, for tests of the proof."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.elf_files import elf
from tests.support.scripts import write
from wizard.catalogue.presets import Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.machine.survey import LOCK_FILE
from wizard.prove import proof as proving
from wizard.prove.proof import prove

CONFIG = {
    "version": "5.3.0",
    "architecture": "arm64",
    "word_size": "64",
    "int_size": "63",
    "os_type": "Unix",
    "native_compiler": "true",
    "naked_pointers": "false",
}


CONSTANTS = """\
version=5.3.0
word_size=64
int_size=63
max_wosize=18014398509481983
ostype=Unix
ostype_unix=true
ostype_win32=false
ostype_cygwin=false
big_endian=false
backend_type=native
max_int=4611686018427387903
literal=123456789abcdef
"""


NAMES = ("constants", "jumps", "libraries", "multicore")


PROGRAMS = Path(proving.__file__).parent / "programs"


COMPILER = """\
#!/bin/sh
here=${0%/*}
echo "$@" >>"$here/asked"
if [ "$1" = -config ]; then cat "$here/config"; exit 0; fi
while [ $# -gt 1 ]; do
  [ "$1" = -o ] && out=$2
  shift
done
cp "$here/program" "$out"
"""


EMULATOR = """\
#!/bin/sh
cat "${0%/*}/${1##*/}.output"
exit "${EMULATOR_STATUS:-0}"
"""


class Fake:
    """A switch for aarch64 that answers what a test wants, and an emulator on PATH."""

    def __init__(self, root: Path) -> None:
        self.prefix = root / "my switch"
        self.tools = root / "tools"
        self.compiler(COMPILER)
        self.config(**CONFIG)
        self.program(elf())
        save_preset(Preset(Selection(target="aarch64-linux")), self.prefix / LOCK_FILE)
        write(self.tools / "qemu-aarch64", EMULATOR)
        self.output("constants", CONSTANTS)
        for name in ("jumps", "libraries", "multicore"):
            self.output(name, (PROGRAMS / f"{name}.expected").read_text(encoding="utf-8"))

    def compiler(self, script: str) -> None:
        write(self.prefix / "bin" / "ocamlopt", script)

    def config(self, **values: str) -> None:
        text = "".join(f"{name}: {value}\n" for name, value in values.items())
        (self.prefix / "bin" / "config").write_text(text, encoding="utf-8")

    def program(self, data: bytes) -> None:
        (self.prefix / "bin" / "program").write_bytes(data)

    def output(self, program: str, text: str) -> None:
        (self.tools / f"{program}.output").write_text(text, encoding="utf-8")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A PATH with the fake's tools and a shell's only, even where this machine has an emulator."""
        folder = self.tools / "alone"
        folder.mkdir()
        for name in ("sh", "cat", "cp", "mkdir", "rm", "touch"):
            (folder / name).symlink_to(Path("/bin") / name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{self.tools}:{folder}")
            yield

    def failures(self) -> list[str]:
        return [f"{one.group} {one.name}" for one in prove(self.prefix).failed]
