"""OCaml from source, by a real C toolchain, to programs that run on the target."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard, stages
from tests.real_builds.shortened import folders_below
from wizard.binaries.elf import read_elf
from wizard.builder.launch import builder_of
from wizard.builds.listing import describe_build, list_builds
from wizard.machine.processes import processes_of
from wizard.machine.survey import LOCK_FILE

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]

HELLO = 'let () = Printf.printf "hello from %s %d\\n" Sys.ocaml_version Sys.word_size\n'


def _hello(prefix: Path, folder: Path) -> Path:
    (folder / "hello.ml").write_text(HELLO)
    subprocess.run([prefix / "bin/ocamlopt", "hello.ml", "-o", "hello"], cwd=folder, check=True)
    return folder / "hello"


def _build_of(wizard: Wizard, prefix: Path) -> Path:
    """The folder of the build that makes, or made, the switch in a prefix."""
    folders = folders_below(wizard.home)
    (build,) = [build for build in list_builds(folders) if build.prefix == str(prefix)]
    return folders.builds / build.id


def _needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def test_a_program_for_aarch64_runs_under_qemu(aarch64: Path, tmp_path: Path) -> None:
    program = _hello(aarch64, tmp_path)
    facts = read_elf(program)
    assert (facts.machine, facts.bits, facts.static) == ("EM_AARCH64", 64, True)
    _needs("qemu-aarch64")
    ran = subprocess.run(["qemu-aarch64", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "hello from 5.3.0 64\n"


def test_verify_proves_the_switch_again(wizard: Wizard, aarch64: Path) -> None:
    ended = wizard.run("verify", aarch64, "--json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    looked_at = {(one["group"], one["name"]): one for one in report["comparisons"]}
    for key in (("config", "word_size"), ("libraries", "interpreter"), ("libraries", "threads"),
                ("multicore", "domains"), ("multicore", "effects"), ("constants", "max_int")):  # fmt: skip
        assert looked_at[key]["verdict"] in ("pass", "not-run")
    if shutil.which("qemu-aarch64"):
        assert all(one["verdict"] == "pass" for one in report["comparisons"])


def test_verify_says_when_no_emulator_is_there(wizard: Wizard, aarch64: Path, tmp_path: Path) -> None:
    for tool in ("sh", "dirname"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/bin/sh")
    ended = wizard.run("verify", aarch64, PATH=str(tmp_path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "not run" in ended.stdout
    assert "install" in ended.stdout


def test_verify_finds_a_broken_switch(wizard: Wizard, aarch64: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(aarch64, broken, symlinks=True)
    (broken / "lib/ocaml/libasmrun.a").write_bytes(b"!<arch>\n")
    ended = wizard.run("verify", broken)
    assert ended.returncode == 7
    assert "Traceback" not in ended.stderr


def test_the_switch_works_when_it_was_moved(aarch64: Path, tmp_path: Path) -> None:
    moved = tmp_path / "mo'ved here"
    shutil.copytree(aarch64, moved, symlinks=True)
    assert read_elf(_hello(moved, tmp_path)).machine == "EM_AARCH64"


def test_sourcing_env_sh_is_enough(aarch64: Path, tmp_path: Path) -> None:
    (tmp_path / "hello.ml").write_text(HELLO)
    (tmp_path / "stub.c").write_text("int answer(void) { return 42; }\n")
    compile_both = "ocamlopt hello.ml -o hello && aarch64-linux-musl-gcc -c stub.c"
    script = f". '{aarch64}/env.sh' && {compile_both} && echo $OCAMLFIND_CONF"
    ran = subprocess.run(["sh", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(ran.stdout.strip()).is_file()
    assert read_elf(tmp_path / "hello").machine == "EM_AARCH64"
    assert read_elf(tmp_path / "stub.o").machine == "EM_AARCH64"


def test_programs_of_the_switch_run_here(aarch64: Path, tmp_path: Path) -> None:
    (tmp_path / "hello.ml").write_text(HELLO)
    (tmp_path / "lexer.mll").write_text("rule token = parse eof { () }\n")
    for words in (["ocamldep", "hello.ml"], ["ocamllex", "lexer.mll"], ["ocamlc", "-c", "hello.ml"],
                  ["ocamlobjinfo", "hello.cmo"], ["ocamlmktop", "-help"], ["ocamlmklib", "-help"],
                  ["ocamlcp", "-help"], ["ocamlprof", "-help"], ["ocamlcmt", "-help"],
                  ["ocamloptp", "-help"]):  # fmt: skip
        ran = subprocess.run(
            [aarch64 / "bin" / words[0], *words[1:]], cwd=tmp_path, capture_output=True, check=False
        )
        assert ran.returncode == 0, (words, ran)


def test_c_stubs_and_pack_work(aarch64: Path, tmp_path: Path) -> None:
    (tmp_path / "stub.c").write_text(
        "#include <caml/mlvalues.h>\nvalue twice(value v) { return Val_long(2 * Long_val(v)); }\n"
    )
    (tmp_path / "a.ml").write_text('external twice : int -> int = "twice"\nlet x = twice 21\n')
    (tmp_path / "main.ml").write_text("let () = print_int P.A.x\n")
    compiler = aarch64 / "bin/ocamlopt"
    for words in (["-for-pack", "P", "-c", "a.ml"], ["-pack", "-o", "p.cmx", "a.cmx"],
                  ["stub.c", "p.cmx", "main.ml", "-o", "main"]):  # fmt: skip
        subprocess.run([compiler, *words], cwd=tmp_path, check=True)
    assert read_elf(tmp_path / "main").machine == "EM_AARCH64"
    _needs("qemu-aarch64")
    assert subprocess.run(["qemu-aarch64", "main"], cwd=tmp_path, capture_output=True, check=True).stdout == b"42"


def test_compiler_libs_are_the_targets(aarch64: Path, tmp_path: Path) -> None:
    (tmp_path / "c.ml").write_text("let () = print_string Config.architecture\n")
    words = ["-I", "+compiler-libs", "ocamlcommon.cmxa", "c.ml", "-o", "c"]
    subprocess.run([aarch64 / "bin/ocamlopt", *words], cwd=tmp_path, check=True)
    assert read_elf(tmp_path / "c").machine == "EM_AARCH64"


def test_no_object_of_another_machine_is_in_the_switch(aarch64: Path, tmp_path: Path) -> None:
    for archive in sorted((aarch64 / "lib/ocaml").rglob("*.a")):
        folder = tmp_path / archive.name
        folder.mkdir()
        subprocess.run(["ar", "x", archive], cwd=folder, check=True)
        for member in folder.iterdir():
            assert read_elf(member).machine == "EM_AARCH64", f"{archive.name}({member.name})"
    for object_ in (aarch64 / "lib/ocaml").rglob("*.o"):
        assert read_elf(object_).machine == "EM_AARCH64", object_


@pytest.mark.usefixtures("aarch64")
def test_a_second_target_does_not_build_the_host_compiler_again(
    wizard: Wizard, switches: Path, tmp_path: Path
) -> None:
    events = wizard.events("x86_64-linux-musl", "--prefix", switches / "x86_64")
    assert {"host-configure", "host-build", "host-install"} <= set(stages(events, "stage-skipped"))
    assert not [stage for stage in stages(events, "stage-started") if stage.startswith("host-")]
    program = _hello(switches / "x86_64", tmp_path)
    assert read_elf(program).static
    if os.uname().machine == "x86_64":
        assert subprocess.run([program], capture_output=True, check=True).stdout == b"hello from 5.3.0 64\n"


def test_a_build_that_is_there_is_not_built_again(wizard: Wizard, aarch64: Path) -> None:
    events = wizard.events("presets/aarch64-linux-musl.toml", "--prefix", aarch64)
    assert not stages(events, "stage-started")


def test_kill_9_in_the_middle_then_build_again(
    wizard: Wizard, aarch64: Path, switches: Path, tmp_path: Path
) -> None:
    """The lock file of the first switch is what is built here: it reproduces the switch, killed or not."""
    prefix = switches / "again"
    words = ("build", aarch64 / LOCK_FILE, "--prefix", prefix)
    assert wizard.run(*words, "--detach").returncode == 0
    folder = _build_of(wizard, prefix)
    deadline = time.monotonic() + 900
    while describe_build(folder).stage != "native-compiler":
        assert time.monotonic() < deadline
        assert describe_build(folder).state == "running"
        time.sleep(0.1)
    builder = builder_of(folder)
    assert builder is not None
    builder.kill()
    while processes_of(folder.name):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not prefix.exists()
    interrupted = describe_build(folder).stage  # a quick machine may have come further than was waited for
    assert interrupted not in {"", "configure"}
    events = wizard.events(aarch64 / LOCK_FILE, "--prefix", prefix)
    assert stages(events, "stage-started")[0] == interrupted
    assert "configure" in stages(events, "stage-skipped")
    assert (prefix / LOCK_FILE).read_text() == (aarch64 / LOCK_FILE).read_text()
    assert read_elf(_hello(prefix, tmp_path)).machine == "EM_AARCH64"
    assert _file_list(prefix) == _file_list(aarch64)


def _file_list(prefix: Path) -> list[str]:
    return sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*"))


def test_the_switch_survives_its_build_folder(wizard: Wizard, aarch64: Path, tmp_path: Path) -> None:
    shutil.rmtree(_build_of(wizard, aarch64))
    assert read_elf(_hello(aarch64, tmp_path)).machine == "EM_AARCH64"
