"""Objects and archives to link, made by the clang and the linker inside zig, which come with the wizard."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.object_files import archive
from wizard.machine.survey import find_zig

X86_64, AARCH64, RISCV64 = "x86_64-linux-musl", "aarch64-linux-musl", "riscv64-linux-musl"


def zig() -> str:
    found = find_zig()
    assert found is not None, "zig comes with the wizard"
    return f"{found.folder}/zig"


def compiled(text: str, *options: str, triplet: str = X86_64, language: str = "c", into: Path) -> bytes:
    """The object that clang makes of a text, which it does in a few milliseconds."""
    folder = into / "made"
    folder.mkdir(exist_ok=True)
    words = [zig(), "clang", f"--target={triplet}", "--no-default-config", "-w", "-O2", "-fno-pic", "-x", language]
    subprocess.run([*words, *options, "-c", "-", "-o", folder / "made.o"], input=text.encode(), check=True)
    return (folder / "made.o").read_bytes()


def assembled(text: str, *, triplet: str = X86_64, into: Path) -> bytes:
    return compiled(text, triplet=triplet, language="assembler", into=into)


def wishing(defines: Sequence[str] = (), needs: Sequence[str] = (), *, triplet: str = X86_64, into: Path) -> bytes:
    """An object that defines some functions and has a table of pointers to others."""
    lines = [line for name in defines for line in (f".globl {name}", f"{name}: nop")]
    lines += [".data", *(f".quad {name}" for name in needs)]
    return assembled("\n".join(lines) + "\n", triplet=triplet, into=into)


def indexed(members: dict[str, bytes], into: Path) -> bytes:
    """An archive with an index, by zig's ar."""
    folder = into / "members"
    folder.mkdir(exist_ok=True)
    for name, data in members.items():
        (folder / name).write_bytes(data)
    (folder / "made.a").unlink(missing_ok=True)
    subprocess.run([zig(), "ar", "rcs", "made.a", *members], cwd=folder, check=True)
    return (folder / "made.a").read_bytes()


def unindexed(members: dict[str, bytes]) -> bytes:
    """The same without a usable index, as `ar rcS` makes it."""
    return archive(*members.items(), style="bsd")


def undefined(objects: Sequence[Path], libraries: Sequence[Path], into: Path) -> set[str]:
    """What the linker itself says is missing when all `objects` are linked with `libraries`."""
    words = [
        zig(),
        "ld.lld",
        "--warn-unresolved-symbols",
        "--error-limit=0",
        "-e",
        "0",
        "-o",
        str(into / "linked"),
    ]
    ended = subprocess.run(
        [*words, "--whole-archive", *objects, "--no-whole-archive", *libraries],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return set(re.findall(r"undefined (?:hidden )?symbol: (\S+)", ended.stderr))
