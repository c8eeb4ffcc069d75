"""Switches with cosmocc: with the real one where it is at hand, and with a stand-in made from zig and musl.

The stand-in has the real one's layout and takes the whole way of the plan, for both processors, but its programs
are Linux programs. What it shows is the wizard's part of the way, and that the back end for aarch64, as the
wizard patches it, leaves the register alone that is Cosmopolitan's there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.real_builds.command import Wizard
from tests.real_builds.proved import is_proved, was_proved
from tests.real_builds.shortened import folders_below
from tests.support.building import to_end
from tests.support.cosmocc_stand_in import make_cosmocc
from wizard.binaries.ape import read_portable
from wizard.builder.launch import start
from wizard.builds.folder import Options
from wizard.builds.journal import BuildEnded
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.toolchains.zig import LIBC_SCRIPT, libc_options

pytestmark = [pytest.mark.build, pytest.mark.timeout(3600)]

RELEASE = "4.14.1"
PROGRAMS = ("constants", "jumps", "libraries", "portable")
GROUPS = {"config", *PROGRAMS, *(f"{name}.com" for name in PROGRAMS)}
OWN = Path(__file__).parent / "programs"
RUNNER = {"x86_64": "sh", "aarch64": "qemu-aarch64"}


def planned(session: Session, arch: str, cosmocc: Path, prefix: Path) -> Plan:
    """The plan of a switch of that processor, with the cosmocc in that folder or archive."""
    chosen = Selection(
        target=f"{arch}-linux", libc="cosmopolitan", release=RELEASE, toolchain="cosmocc",
        sources=(f"cosmocc={cosmocc}",), host_compiler="build",
    )  # fmt: skip
    return session.plan(session.check(Preset(chosen), prefix))


def built(plan: Plan) -> Path:
    last = to_end(start(plan, Options(sources=os.environ.get("OCW_SOURCES", ""))), seconds=1800)[-1]
    assert isinstance(last, BuildEnded)
    assert last.outcome == "done", last.error
    return Path(plan.prefix)


def begun(plan: Plan) -> Path:
    """Where the switch grows, as far as its C toolchain: the rest is as with the amalgamation's stand-in."""
    built(msgspec.structs.replace(plan, stages=plan.stages[:2]))
    return Path(plan.staging)


def kept(session: Session) -> set[Path]:
    """What is kept of cosmocc, by this build and others."""
    return set(session.folders.toolchains.glob("cosmocc-*"))


def in_switch(prefix: Path, work: Path, command: str) -> None:
    """Run a command as the user of a switch does it."""
    subprocess.run(["sh", "-c", f'. "{prefix}/env.sh" && {command}'], cwd=work, check=True)


def fused(prefix: Path, work: Path, *programs: str) -> Path:
    """One file of linked programs."""
    in_switch(prefix, work, f"x86_64-esperanto-none-static-fuse -o hello.com {' '.join(programs)}")
    return work / "hello.com"


def compiled(prefix: Path, work: Path, name: str) -> str:
    """A program that a switch has compiled."""
    (work / "hello.ml").write_text('let () = Printf.printf "hello, %.2f\\n" (4. *. atan 1.)\n', encoding="utf-8")
    in_switch(prefix, work, f"ocamlopt hello.ml -o {name}")
    return name


def holds_both(wizard: Wizard, program: Path) -> None:
    assert set(read_portable(program).machines) == {"EM_X86_64", "EM_AARCH64"}
    said = wizard.run("inspect", program).stdout
    assert "x86_64" in said, said
    assert "aarch64" in said, said
    ended = subprocess.run(["sh", str(program)], capture_output=True, text=True, check=True)
    assert ended.stdout == "hello, 3.14\n"


def leaves_the_register_alone(prefix: Path, work: Path) -> None:
    """Neither is it named in what the compiler writes, nor does it change while a program runs."""
    for name in ("register.ml", "register_stubs.c"):
        shutil.copy(OWN / name, work / name)
    sources = "-I +threads unix.cmxa threads.cmxa register.ml register_stubs.c"
    in_switch(prefix, work, f"ocamlopt -S -inline 200 {sources} -o reg")
    written = (work / "register.s").read_text(encoding="utf-8")
    assert re.search(r"\bx25\b", written), "the domain state is here now"
    assert not re.search(r"\b[xw](28|18)\b", written)
    if shutil.which(RUNNER["aarch64"]):
        ran = subprocess.run([RUNNER["aarch64"], work / "reg"], capture_output=True, text=True, check=True)
        lines = dict(line.split("=") for line in ran.stdout.splitlines())
        assert lines.pop("floats") == "661.463"
        assert int(lines.pop("sum")) > 0
        assert set(lines.values()) == {"true"}, ran.stdout
        assert len(lines) == 5


# ---------------------------------------------------------------- the stand-in


@pytest.fixture
def stand_in(home: Path, tmp_path: Path) -> Path:
    session = Session(folders_below(home))
    zig = session.build_machine.zig
    assert zig is not None
    toolchains, cache = session.folders.toolchains, session.folders.cache / "zig"
    toolchains.mkdir(parents=True, exist_ok=True)
    libcs = {}
    for arch in RUNNER:
        triplet = f"{arch}-linux-musl"
        libcs[arch] = toolchains / f"zig-{zig.version}-{triplet}"
        options = libc_options(catalogue().toolchains["zig"], triplet)
        subprocess.run(["sh", "-c", LIBC_SCRIPT, "sh", zig.folder, libcs[arch], cache, *options], check=True)
    return make_cosmocc(Path(zig.folder), libcs, tmp_path / "cosmocc")


def test_a_stand_in_goes_the_whole_way_and_makes_one_file_for_both_processors(
    home: Path, wizard: Wizard, stand_in: Path, tmp_path: Path
) -> None:
    session = Session(folders_below(home))
    for kept_before in kept(session):
        shutil.rmtree(kept_before)
    intel = begun(planned(session, "x86_64", stand_in, tmp_path / "x86_64"))
    arm = built(planned(session, "aarch64", stand_in, tmp_path / "aarch64"))
    assert len(kept(session)) == 1, "both switches use the same"
    was_proved(arm, GROUPS, "nothing")
    leaves_the_register_alone(arm, tmp_path)
    (tmp_path / "hello.c").write_text(
        '#include <stdio.h>\nint main(void) { printf("hello, %.2f\\n", 3.14159); return 0; }\n', encoding="utf-8"
    )
    wrapper = intel / "wrappers" / "x86_64-esperanto-none-static"
    subprocess.run([f"{wrapper}-cc", "-z", "caml-startup", "hello.c", "-o", "intel"], cwd=tmp_path, check=True)
    programs = ("intel", compiled(arm, tmp_path, "arm"))
    subprocess.run([f"{wrapper}-fuse", "-o", "hello.com", *programs], cwd=tmp_path, check=True)
    holds_both(wizard, tmp_path / "hello.com")


# ---------------------------------------------------------------- the real one


@pytest.fixture
def cosmocc() -> Path:
    """The real one, as a folder or an archive, which OCW_TEST_COSMOCC names."""
    known = catalogue().components["cosmocc"].sources[0]
    place = Path(os.environ.get("OCW_TEST_COSMOCC", ""))
    if not os.environ.get("OCW_TEST_COSMOCC") or not place.exists():
        pytest.skip(f"OCW_TEST_COSMOCC names no cosmocc: the folder, or {known.file} (sha256 {known.sha256})")
    return place


def test_the_real_one_makes_one_file_for_both_processors(
    home: Path, wizard: Wizard, cosmocc: Path, tmp_path: Path
) -> None:
    session = Session(folders_below(home))
    switches = {arch: built(planned(session, arch, cosmocc, tmp_path / arch)) for arch in RUNNER}
    for arch, prefix in switches.items():
        is_proved(wizard, prefix, GROUPS, "nothing" if arch == "aarch64" else "sh")
    programs = [compiled(prefix, tmp_path, f"hello-{arch}") for arch, prefix in switches.items()]
    holds_both(wizard, fused(switches["x86_64"], tmp_path, *programs))
