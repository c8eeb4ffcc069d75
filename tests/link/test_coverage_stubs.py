"""A stub is told from a function that works, for both machines and however it was compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.linkable import AARCH64, RISCV64, X86_64, assembled, compiled
from tests.support.properties import example, given
from wizard.binaries.facts import DamageError
from wizard.link.functions import Function, ObjectCode
from wizard.link.instructions import MACHINES, instructions
from wizard.link.known import known
from wizard.link.stubs import Stub, stub_of

HEAD = """
extern int errno;
extern int *__errno_location(void);
extern long helper(long);
extern int failing(void);
extern int aborting(void);
extern int printf(const char *, ...);
extern void abort(void) __attribute__((noreturn));
extern void *table[];
extern const char name[];
struct thing { int a; int b; };
"""

# By what it does, in C. What the runtime of a unikernel has for functions that it does not have looks like these.
STUBS = {
    "aborts": (Stub("aborts"), 'int f(void) { printf("STUB: %s\\n", "f"); abort(); }'),
    "aborts at once": (Stub("aborts"), "int f(void) { abort(); }"),
    "aborts when it is asked": (Stub("aborts"), 'int f(int x) { if (x) printf("%d", x); abort(); }'),
    "traps": (Stub("aborts"), "int f(void) { __builtin_trap(); }"),
    "aborts by another": (Stub("aborts"), "int f(void) { return aborting(); }"),
    "errno": (Stub("fails", -1, errno=True), "int f(void) { errno = 38; return -1; }"),
    "errno and 0": (Stub("fails", 0, errno=True), "void *f(void) { errno = 38; return 0; }"),
    "errno and more": (Stub("fails", 2, errno=True), "int f(void) { errno = 38; return 2; }"),
    "errno of a thread": (Stub("fails", -1, errno=True), "long f(void) { *__errno_location() = 38; return -1; }"),
    "errno and nothing": (Stub("fails", None, errno=True), "void f(void) { errno = 38; }"),
    "warns once": (
        Stub("fails", -1, errno=True),
        'int f(void) { static volatile int called = 1; if (!called) { printf("f\\n"); called = 1; }'
        " errno = 38; return -1; }",
    ),
    "arguments": (Stub("fails", -1, errno=True), "int f(int a, char *b, long c) { errno = 38; return -1; }"),
    "-1": (Stub("fails", -1), "int f(int a) { return -1; }"),
    "-1 in 64 bits": (Stub("fails", -1), "long f(int a) { return -1; }"),
    "ENOSYS": (Stub("fails", 38), "int f(int a) { return 38; }"),
    "0": (Stub("nothing", 0), "int f(void *p) { return 0; }"),
    "fails by another": (Stub("fails", -1, errno=True), "int f(void) { return failing(); }"),
}

WORKS: dict[str, str | dict[str, str]] = {
    "an answer": "int f(void) { return 4096; }",
    "an address": "const char *f(void) { return name; }",
    "an argument": "int f(int x) { return x; }",
    "a calculation": "int f(int x) { return x + 1; }",
    "a check": "int f(int x) { if (x < 0) { errno = 22; return -1; } return 0; }",
    "a check that aborts": "int f(int x) { if (x < 0) abort(); return 0; }",
    "a variable": "int f(void) { return errno; }",
    "memory of others": "int f(struct thing *p) { p->b = 7; return 0; }",
    "a variable of others": "int f(void) { table[0] = 0; return 0; }",
    "a call": "int f(long x) { helper(x); return 0; }",
    "a call at the end": "long f(long x) { return helper(x); }",
    "a call by a pointer": "int f(void (*g)(void)) { g(); return 0; }",
    "a loop": "int f(char *p) { while (*p++ != 7); return p[0]; }",
    "a system call": {
        X86_64: 'int f(void) { __asm__ volatile("syscall" ::: "memory"); return 0; }',
        AARCH64: 'int f(void) { __asm__ volatile("svc #0" ::: "memory"); return 0; }',
    },
    "floats": "double f(double x) { return x * 2; }",
    "an error or none": "int f(int x) { errno = 22; return x ? -1 : 0; }",
    "an absolute value": "double f(double x) { return __builtin_fabs(x); }",
    "the same float": "double f(double x) { return x; }",
    "nothing that is asked": "void f(void) { }",
}

# What is held to work there: a value is kept in memory, or errno's address is where the result goes.
NOT_SEEN = {
    ("-O0",): ("aborts by another", "fails by another", "errno and nothing"),
    ("-O2", "-fpic"): ("errno and nothing",),
}

OTHERS = {"failing": Stub("fails", -1, errno=True), "aborting": Stub("aborts"), "helper": None}


def stubs_found(
    texts: dict[str, str], tmp_path: Path, *options: str, triplet: str = X86_64
) -> dict[str, Stub | None]:
    """What is said of some functions f, which are compiled together under names of their own."""
    names = {name: f"f{number}" for number, name in enumerate(texts)}
    text = "\n".join(re.sub(r"\bf\(", f"{names[name]}(", text) for name, text in texts.items())
    code = ObjectCode(compiled(HEAD + text, *options, triplet=triplet, into=tmp_path))
    said: dict[str, Stub | None] = {}
    for name in texts:
        function = code.small_function(names[name])
        said[name] = stub_of(function, known().roles, OTHERS.get) if function else None
    return said


@pytest.mark.parametrize("triplet", [X86_64, AARCH64])
@pytest.mark.parametrize(
    "options", [("-O0",), ("-O2",), ("-Os",), ("-O2", "-fpic"), ("-O2", "-ffunction-sections")], ids=" ".join
)
def test_stubs_are_told_from_what_works(options: tuple[str, ...], triplet: str, tmp_path: Path) -> None:
    expected: dict[str, Stub | None] = {name: stub for name, (stub, _text) in STUBS.items()}
    expected |= dict.fromkeys(WORKS)
    texts = {name: text for name, (_stub, text) in STUBS.items()}
    texts |= {name: text if isinstance(text, str) else text[triplet] for name, text in WORKS.items()}
    found = stubs_found(texts, tmp_path, *options, triplet=triplet)
    for name in NOT_SEEN.get(options, ()):
        assert found.pop(name) in (None, Stub("fails", -1), expected.pop(name))
    assert found == expected


def test_of_another_machine_nothing_is_said(tmp_path: Path) -> None:
    assert stubs_found({"-1": STUBS["-1"][1]}, tmp_path, triplet=RISCV64) == {"-1": None}


def test_a_large_function_is_none_to_look_at(tmp_path: Path) -> None:
    text = "int f(void) { " + "printf(name); " * 200 + "return -1; }"
    assert stubs_found({"large": text}, tmp_path) == {"large": None}


def test_the_variable_of_an_assembler_is_no_function(tmp_path: Path) -> None:
    code = ObjectCode(assembled(".data\n.globl f\n.size f, 3\nf: .byte 0x31, 0xc0, 0xc3\n", into=tmp_path))
    assert code.small_function("f") is None
    assert code.small_function("absent") is None


@pytest.mark.parametrize(
    ("stub", "words"),
    [
        (Stub("aborts"), "ends the program"),
        (Stub("fails", -1, errno=True), "sets errno and returns -1"),
        (Stub("fails", None, errno=True), "sets errno"),
        (Stub("fails", 38), "does nothing and returns 38 (ENOSYS)"),
        (Stub("nothing", 0), "does nothing and returns 0"),
        (Stub("limited", reason="works on Sundays"), "works on Sundays"),
    ],
)
def test_a_stub_is_said_in_words(stub: Stub, words: str) -> None:
    assert stub.words == words


CODE = st.binary(min_size=1, max_size=40)
NAMES = st.sampled_from(["", "abort", "errno", "printf", "__errno_location", "helper", "failing"])


@given(
    machine=st.sampled_from(MACHINES),
    code=CODE,
    symbols=st.lists(st.tuples(st.integers(-4, 44), NAMES), max_size=4),
)
@example(machine="EM_X86_64", code=b"\xeb\xfe", symbols=[])  # jumps to itself
@example(machine="EM_X86_64", code=b"\xeb\x01\xe8\xc3", symbols=[])  # jumps into an instruction
@example(machine="EM_AARCH64", code=b"\0\0\0\x14", symbols=[(0, "helper")])
def test_any_code_is_answered(machine: str, code: bytes, symbols: list[tuple[int, str]]) -> None:
    read = instructions(machine, code)
    assert all(0 <= at < len(code) and instruction.size > 0 for at, instruction in read.items())
    found = stub_of(Function(machine, code, tuple(symbols)), known().roles, OTHERS.get)
    assert found is None or found.words


def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    text = ".globl f\n.type f,@function\nf: jmp f\n.size f, 5\n"
    function = ObjectCode(assembled(text, into=tmp_path)).small_function("f")
    assert function is not None
    assert stub_of(function, known().roles, lambda _: None) is None


@given(fraction=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_object_is_damaged_or_read(fraction: float, value: int, cut: bool, tmp_path: Path) -> None:
    compiled_file = tmp_path / "kept.o"
    if not compiled_file.exists():
        compiled_file.write_bytes(compiled(HEAD + STUBS["warns once"][1], into=tmp_path))
    data = bytearray(compiled_file.read_bytes())
    at = int(fraction * len(data))
    if cut:
        del data[at:]
    else:
        data[at] = value
    try:
        code = ObjectCode(bytes(data))
        function = code.small_function("f")
        assert code.used is not None
    except DamageError:
        return
    if function is not None:
        stub_of(function, known().roles, OTHERS.get)
