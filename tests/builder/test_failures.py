"""The first real error of a log: the line that names the cause, not make's last word and not a harmless line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.builder.failures import command_failed, first_error
from wizard.logs.matchers import BuildFacts
from wizard.machine.disk_space import SpaceWatch

# Lines as OCaml's build, compilers and emulators print them: what a person would point at.
CAUSES = [
    './runtime/sak: 1: Syntax error: "(" unexpected',
    "runtime/dynlink.c:55:3: error: expected expression",
    "../boot/ocamlrun: 1: Syntax error: Unterminated quoted string",
    "strip: Unable to recognise the format of the input file `tmpheader.exe'",
    "/usr/bin/ld: libasmrun.a(startup_aux.n.o): Relocations in generic ELF (EM: 183)",
    "libasmrun.a: error adding symbols: file in wrong format",
    "ld.lld: error: compilerlibs/ocamlcommon.a(arg_helper.o) is incompatible with aarch64linux",
    "install: cannot stat 'lex/ocamllex.opt': No such file or directory",
    "sh: 1: riscv64-linux-musl-gcc: not found",
    "stdlib.s:112:1: error: symbol '.L112' is already defined",
    "Error: Unbound value Sys.is_regular_file",
    "runtime/arm64.S:162: Error: no such instruction: `stp x29,x30'",
    "configure: error: the native compiler is not supported on this platform",
    'Fatal error: exception Failure("input_val_from_block: integer too large")',
    "error: unsupported linker arg: --no-relax",
    "start.c:(.text+0x20): undefined reference to `solo5_app_main'",
    "runtime/extern.c:101:13: error: conflicting types for 'write'",
    "runtime/roots_nat.c:30:8: error: 'link' redeclared as different kind of symbol",
    "runtime/sys.c:99:3: error: initializer element is not constant",
    "ld.lld: error: undefined symbol: shmat",
    "cp: missing destination file operand after '.'",
    "cc1: fatal error: x.c: No such file or directory",
    "cc1: out of memory allocating 65536 bytes",
    "/bin/sh: line 1: ./configure: Permission denied",
    "tar: cannot write: No space left on device",
    "bash: zig: command not found",
    "Segmentation fault (core dumped)",
    "collect2: error: ld returned 1 exit status",
    "sys.c:3:5: error: unused variable 'x' [-Werror=unused-variable]",
    "cannot execute: required file not found",
    "./ocamlrun: cannot execute binary file: Exec format error",
]

HARMLESS = [
    "+ cd /tree && make error: target",
    "checking for error: strings... no",
    "checking if the installed OCaml compiler can build the cross compiler... yes",
    "  CC runtime/error.n.o",
    "  OCAMLC utils/error .cmo",
    "gcc -O2 -c -o fail.n.o fail.c -DERROR=1",
    "config.status: creating Makefile.config",
    "rm -f errors.cmo error.cmi",
    "make[1]: [Makefile:10: clean] Error 1 (ignored)",
    "sys.c:10: warning: unused variable 'error' [-Wunused-variable]",
    "ar rc libasmrun.a fail.n.o error.o",
    "make[2]: Entering directory '/tree/runtime'",
]

LAST_WORDS = "make[1]: *** [Makefile:1263: runtime/sys.n.o] Error 1\nmake: *** [Makefile:400: world.opt] Error 2\n"


def answer(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "stage.log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return first_error(path)


@pytest.mark.parametrize("cause", CAUSES)
def test_the_line_that_names_the_cause_is_found(cause: str, tmp_path: Path) -> None:
    text = "\n".join([*HARMLESS, cause, "Error: something that follows from it", LAST_WORDS])
    assert answer(tmp_path, text) == f"line {len(HARMLESS) + 1}: {cause}"


@pytest.mark.parametrize("line", HARMLESS)
def test_a_harmless_line_is_not_taken_for_the_cause(line: str, tmp_path: Path) -> None:
    assert answer(tmp_path, f"{line}\nError: the real one\n") == "line 2: Error: the real one"


def test_the_error_of_ocaml_is_found_below_its_place(tmp_path: Path) -> None:
    text = (
        'File "utils/misc.ml", line 3, characters 2-5:\n3 | foo\n      ^^^\nError: Unbound value foo\n'
        + LAST_WORDS
    )
    assert answer(tmp_path, text) == "line 4: Error: Unbound value foo"


def test_the_first_of_several_errors_is_named(tmp_path: Path) -> None:
    assert answer(tmp_path, "a.c:1: error: one\nb.c:1: error: two\n") == "line 1: a.c:1: error: one"


def test_where_only_make_complains_its_first_complaint_is_named(tmp_path: Path) -> None:
    rule = "make[1]: *** No rule to make target '../ocamlmiddleend.cmxa', needed by 'ocamlobjinfo'.  Stop."
    assert answer(tmp_path, f"fine\n{rule}\n{LAST_WORDS}") == f"line 2: {rule}"


def test_configures_refusal_that_only_make_repeats_is_named(tmp_path: Path) -> None:
    text = "Makefile:50: *** The build has been configured with --disable-native-compiler.  Stop.\n"
    assert "--disable-native-compiler" in answer(tmp_path, text)


@pytest.mark.parametrize("text", ["", "all is well\n", "\n\n\n", "no end of line"])
def test_where_nothing_is_wrong_that_is_said(text: str, tmp_path: Path) -> None:
    assert answer(tmp_path, text) == "no line of the log names an error"


def test_a_log_that_is_not_there_has_no_error(tmp_path: Path) -> None:
    assert first_error(tmp_path / "none.log") == ""


def test_binary_rubbish_before_the_error_does_not_hide_it(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 50
    lines = noise.count(b"\n") + 1
    assert answer(tmp_path, noise + b"\nx.c:1: error: real\n") == f"line {lines + 1}: x.c:1: error: real"


def test_undecodable_bytes_in_the_error_are_replaced(tmp_path: Path) -> None:
    assert answer(tmp_path, b"x.c:1: error: \xff\xfe here\n") == "line 1: x.c:1: error: \ufffd\ufffd here"


def test_a_line_of_ten_megabytes_neither_hides_the_error_nor_is_shown_whole(tmp_path: Path) -> None:
    long = b"x" * (10 << 20)
    assert answer(tmp_path, long + b"\na.c:1: error: real\n") == "line 2: a.c:1: error: real"
    assert len(answer(tmp_path, b"a.c:1: error: " + long)) < 500


@given(data=st.binary(max_size=300))
def test_no_log_makes_reading_crash(data: bytes, tmp_path: Path) -> None:
    assert answer(tmp_path, data)


@given(before=st.lists(st.sampled_from(HARMLESS), max_size=6))
def test_the_number_of_the_line_is_the_one_an_editor_shows(before: list[str], tmp_path: Path) -> None:
    cause = "runtime/extern.c:101:13: error: conflicting types for 'write'"
    assert answer(tmp_path, "\n".join([*before, cause, ""])) == f"line {len(before) + 1}: {cause}"


def test_configures_own_log_says_why_and_the_stages_log_where(tmp_path: Path) -> None:
    log = tmp_path / "configure.log"
    log.write_text("checking for gcc... gcc\nconfigure: error: C compiler cannot create executables\n")
    (tmp_path / "config.log").write_text(
        "This file contains any messages produced by compilers while\nrunning configure\n"
        "configure:1: checking whether the C compiler works\n"
        "/usr/bin/ld: cannot find -lfoo: No such file or directory\n"
        "configure:2: error: C compiler cannot create executables\n"
    )
    error = command_failed("configure", "sh", 77, log, SpaceWatch([], 0), folder=tmp_path)
    assert error.code == "library-absent"
    assert error.why == (
        "line 2: configure: error: C compiler cannot create executables; "
        "config.log, line 4: /usr/bin/ld: cannot find -lfoo: No such file or directory; "
        "this means: the linker found no library foo for the target"
    )
    assert error.fix.endswith(f"`ocaml-cross-wizard explain library-absent` says more; the full log is {log}")


def test_a_matcher_of_another_c_library_is_not_asked(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("runtime/extern.c:1:2: error: conflicting types for 'write'\n")
    asked = {libc: command_failed("x", "make", 2, log, SpaceWatch([], 0), facts=BuildFacts(libc=libc)).code
             for libc in ("musl", "cosmopolitan")}  # fmt: skip
    assert asked == {"musl": "stage-failed", "cosmopolitan": "cosmopolitan-name-clash"}
