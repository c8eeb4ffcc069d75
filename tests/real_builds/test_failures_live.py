"""Failures as they happen to people: each is provoked here and now, and `diagnose` names its first cause.

The logs in tests/logs/build_logs are of such failures, too, but of one machine and one day; here it is this
machine's make, gcc, zig and qemu that speak.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard

pytestmark = [pytest.mark.build, pytest.mark.timeout(900)]

TRIPLET = "aarch64-linux-musl"
FOREIGN = "the system refuses programs of other machines"
COMPILERS = re.compile(r"(^|-)(gcc|g\+\+|cc|c\+\+|c89|c99|cpp|clang|tcc|icc)(-[\d.]+)?$")


@dataclass(frozen=True)
class Failure:
    """script: what a user types. code: what it is to be called. line: in the line that is named as the cause.

    tree: the state of OCaml's source in which it is typed. needs: programs without which it cannot happen.
    """

    name: str
    code: str
    script: str
    line: str
    tree: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where failures happen: a switch, its host compiler, and OCaml's source, as it comes and configured."""

    switch: Path
    host: Path
    zig: Path
    unpacked: Path
    configured: Path
    no_compiler: Path

    def environment(self) -> dict[str, str]:
        """The names that the scripts use."""
        names = {"SWITCH": self.switch, "HOST": self.host, "ZIG": self.zig, "NOCC": self.no_compiler}
        path = f"{self.switch / 'wrappers'}:{os.environ['PATH']}"
        return {**os.environ, **{name: str(value) for name, value in names.items()}, "PATH": path, "LC_ALL": "C"}


FOR_BUILD_MACHINE = """SAK_CC=cc SAK_CFLAGS='-O1 -Iruntime' SAK_LINK='cc -o $(1) $(2)'"""
RUN_BY_HOST = (
    """OCAMLRUN="$HOST/bin/ocamlrun" NEW_OCAMLRUN="$HOST/bin/ocamlrun" BOOT_OCAMLLEX="$HOST/bin/ocamllex" """
    """OCAMLYACC="$HOST/bin/ocamlyacc" STRIP=true"""
)
STUB = (
    """echo '#include <caml/mlvalues.h>
value twice(value x) { return Val_int(2 * Int_val(x)); }' > stub.c; """
    """echo 'external twice : int -> int = "twice" let () = print_int (twice 21)' > main.ml"""
)

FAILURES = (
    # --- the cross recipe, a step of it forgotten
    Failure("sak is compiled for the target", "sak-for-target", "make runtime-all", "sak", "configured"),
    Failure(
        "the target's ocamlrun is run here", "target-ocamlrun",
        f"make -j2 {FOR_BUILD_MACHINE} coldstart", "ocamlrun", "configured", (FOREIGN,),
    ),
    Failure(
        "no interpreter is named, and none was made", "boot-interpreter-absent",
        f"make {FOR_BUILD_MACHINE} library", "boot/ocamlrun", "configured",
    ),
    Failure(
        "the host compiler is not where make was told", "host-compiler-absent",
        f"""make {FOR_BUILD_MACHINE} {RUN_BY_HOST} CAMLC=/opt/no-ocaml/bin/ocamlc utils/misc.cmo""",
        "/opt/no-ocaml/bin/ocamlc", "configured",
    ),
    Failure(
        "the host compiler is of another release", "host-of-another-release",
        f"""make {FOR_BUILD_MACHINE} {RUN_BY_HOST} CAMLC=/usr/bin/ocamlc ocamlc""",
        "", "configured", ("/usr/bin/ocamlc",),
    ),
    # --- configure
    Failure("make before configure", "tree-not-configured", "make world.opt", "config", "unpacked"),
    Failure(
        "a triplet with a slip", "triplet-unknown",
        "./configure --build=x86_64-pc-linux-gnu --host=aarch46-linux-musl", "aarch46", "unpacked",
    ),
    Failure("no C compiler", "cc-absent", 'PATH="$NOCC" ./configure', "compiler", "unpacked"),
    Failure(
        "a cross-compiler without --host", "cc-programs-do-not-run",
        f"CC={TRIPLET}-gcc ./configure", "cannot run C compiled programs", "unpacked", (FOREIGN,),
    ),
    Failure(
        "a library that LDFLAGS asks for is not there", "library-absent",
        'LDFLAGS="-lno_such_library" CC=gcc ./configure', "no_such_library", "unpacked",
    ),
    # --- C, by zig and by gcc
    Failure(
        "zig does not know the machine", "zig-target-unknown",
        'echo "int main(void) { return 0; }" > main.c; "$ZIG" cc -target aarch64-linux-mussl -c main.c', "mussl",
    ),
    Failure(
        "a header of a library that is not in the sysroot", "header-absent",
        f'echo "#include <zstd.h>" > z.c; {TRIPLET}-gcc -c z.c', "zstd.h",
    ),
    Failure(
        "C stubs of this machine in a program for the target", "object-for-another-machine",
        f'{STUB}; gcc -I"$HOST/lib/ocaml" -c stub.c && "$SWITCH/bin/ocamlopt" main.ml stub.o -o main', "stub.o",
    ),
    Failure(
        "a C function that nothing defines", "symbol-undefined",
        f'{STUB}; "$SWITCH/bin/ocamlopt" main.ml -o main', "twice",
    ),
    Failure(
        "a C function that is defined twice", "symbol-twice",
        f'{STUB}; cp stub.c again.c; "$SWITCH/bin/ocamlopt" main.ml stub.c again.c -o main', "twice",
    ),
    Failure(
        "a library to link with that the target has not", "library-absent",
        'echo > main.ml; "$SWITCH/bin/ocamlopt" main.ml -cclib -lzstd -o main', "zstd",
    ),
    # --- OCaml
    Failure(
        "unix is named, and not linked", "library-not-linked",
        'echo "let () = Unix.sleep 0" > main.ml; "$SWITCH/bin/ocamlopt" -I +unix main.ml -o main',
        "No implementation provided",
    ),
    Failure(
        "a module that nothing provides", "module-unbound",
        'echo "let () = Lwt_main.run 1" > main.ml; "$SWITCH/bin/ocamlopt" main.ml -o main', "Lwt_main",
    ),
    Failure(
        "a primitive that bytecode cannot find", "primitive-absent",
        f'{STUB}; "$HOST/bin/ocamlc" main.ml -o main', "twice",
    ),
    Failure(
        "objects of two versions of a module", "inconsistent-assumptions",
        'echo "let a = 1" > a.ml; echo "let b = A.a" > b.ml; "$SWITCH/bin/ocamlopt" -c a.ml b.ml; '
        'echo "let a = 1 let c = 2" > a.ml; "$SWITCH/bin/ocamlopt" -c a.ml; '
        '"$SWITCH/bin/ocamlopt" a.cmx b.cmx -o main', "",
    ),
    Failure(
        "a warning that is an error", "warning-as-error",
        'echo "let f x = match x with Some _ -> 1" > w.ml; "$SWITCH/bin/ocamlopt" -warn-error +a -c w.ml', "",
    ),
    # --- programs of another machine
    Failure(
        "the target's program is run here", "program-for-another-machine",
        'echo > main.ml; "$SWITCH/bin/ocamlopt" main.ml -o main && ./main', "main", "",
        (FOREIGN,),
    ),
    Failure(
        "the target's program crashes in the emulator", "crashed-in-emulator",
        'echo "int main(void) { return *(volatile int *)8; }" > main.c; '
        f"{TRIPLET}-gcc main.c -o main && qemu-aarch64 ./main", "signal", "", ("qemu-aarch64",),
    ),
    Failure(
        "bytecode of another release", "bytecode-of-another-release",
        'echo > main.ml; /usr/bin/ocamlc main.ml -o main.byte && "$HOST/bin/ocamlrun" main.byte', "", "",
        ("/usr/bin/ocamlc",),
    ),
    # --- the machine
    Failure(
        "an archive that came in part", "archive-cut-off",
        'head -c 100000 "$HOST/bin/ocamlrun" | gzip | head -c 20000 > x.tar.gz; tar -xzf x.tar.gz', "",
    ),
    Failure(
        "a limit on the size of files", "file-too-large",
        'echo "int main(void) { return 0; }" > main.c; ulimit -f 8; gcc -static main.c -o main', "",
    ),
    Failure(
        "a limit on memory", "heap-not-reserved",
        'echo > main.ml; ulimit -v 200000; "$HOST/bin/ocamlopt" main.ml', "",
    ),
    Failure(
        "a patch of another release", "patch-refused",
        "printf -- '--- a/x.c\\n+++ b/x.c\\n@@ -1 +1 @@\\n-int main(int x);\\n+int main(void);\\n' > x.patch; "
        "echo 'int main(long x);' > x.c; git init -q . && git apply x.patch", "", "", ("git",),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def place(aarch64: Path, wizard: Wizard, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Everything that failures need, made once."""
    work = tmp_path_factory.mktemp("live")
    with tarfile.open(wizard.source_of("5.3.0")) as source:
        source.extractall(work / "archive", filter="data")
    (unpacked,) = (work / "archive").iterdir()
    shutil.rmtree(unpacked / "testsuite", ignore_errors=True)  # half of the files, and of no use here
    no_compiler = work / "no-compiler"
    no_compiler.mkdir()
    for program in (*Path("/usr/bin").iterdir(), *Path("/bin").iterdir()):
        if not COMPILERS.search(program.name) and not (no_compiler / program.name).is_symlink():
            (no_compiler / program.name).symlink_to(program)
    zig = next(wizard.home.glob("data/toolchains/zig-*/zig"))
    made = Place(aarch64, wizard.host_of("5.3.0"), zig, unpacked, work / "configured", no_compiler)
    shutil.copytree(unpacked, made.configured, symlinks=True)
    subprocess.run(
        ["./configure", "--build=x86_64-pc-linux-gnu", f"--host={TRIPLET}", "--disable-shared", "--without-zstd"],
        cwd=made.configured, env=made.environment(), check=True, capture_output=True,
    )  # fmt: skip
    return made


def _possible(needs: tuple[str, ...], place: Place, tmp_path: Path) -> None:
    """Skip where this machine cannot fail in this way."""
    for need in needs:
        if need != FOREIGN:
            if shutil.which(need) is None:
                pytest.skip(f"{need} is not installed")
            continue
        program = tmp_path / "foreign"
        (tmp_path / "foreign.c").write_text("int main(void) { return 0; }\n")
        compiler = place.switch / "wrappers" / f"{TRIPLET}-gcc"
        subprocess.run([compiler, tmp_path / "foreign.c", "-o", program], check=True)
        try:
            subprocess.run([program], check=True)
        except OSError:
            continue
        pytest.skip("this machine runs the target's programs by itself (binfmt_misc)")


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_its_first_cause_is_named(failure: Failure, place: Place, wizard: Wizard, tmp_path: Path) -> None:
    _possible(failure.needs, place, tmp_path)
    work = tmp_path / "work"
    if failure.tree:
        shutil.copytree(getattr(place, failure.tree), work, symlinks=True)
    else:
        work.mkdir()
    log = work / "build.log"
    with log.open("wb") as output:
        ended = subprocess.run(
            ["sh", "-c", failure.script], cwd=work, env=place.environment(), stdout=output,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=600, check=False,
        )  # fmt: skip
    said = log.read_text(errors="replace")
    assert ended.returncode != 0, said
    diagnosed = wizard.run("diagnose", log, "--json")
    found = json.loads(diagnosed.stdout)
    assert found["code"] == failure.code, said[-3000:]
    assert diagnosed.returncode == 0
    assert failure.line in found["text"]
    assert found["fixes"], "what to do is said"


def test_there_are_enough_of_them() -> None:
    assert len({failure.code for failure in FAILURES}) >= 20


@pytest.mark.usefixtures("aarch64")
def test_a_build_that_fails_says_the_cause_itself(wizard: Wizard, tmp_path: Path) -> None:
    """The user's own patch needs a header that the target has not; without it the build goes through."""
    patch = tmp_path / "compressed.patch"
    patch.write_text(
        "--- a/runtime/caml/misc.h\n+++ b/runtime/caml/misc.h\n@@ -21,1 +21,2 @@\n"
        ' #include "config.h"\n+#include <zstd.h>\n'
    )
    prefix = tmp_path / "switch"
    words = ("build", "presets/aarch64-linux-musl.toml", "--prefix", prefix, "--patch", patch)
    ended = wizard.run(*words)
    assert ended.returncode == 6, ended.stdout + ended.stderr
    assert "error[header-absent]" in ended.stderr
    assert "zstd.h" in ended.stderr
    assert not prefix.exists()
    found = json.loads(wizard.run("diagnose", "--json").stdout)
    assert found["diagnosis"]["code"] == "header-absent"
    assert found["diagnosis"]["stage"] == "runtime"
