"""Which line of a log has the cause: the order of lines, what only looks like an error, what is no text at all."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.base.errors import InputError
from wizard.logs import cause, suspicious
from wizard.logs.cause import Found, find_cause
from wizard.logs.diagnosis import Diagnosis, diagnose, diagnose_file
from wizard.logs.matchers import BuildFacts
from wizard.logs.suspicious import suspicious_lines

SAK = './runtime/sak: 1: Syntax error: "(" unexpected'
UNKNOWN = "sys.c:3:5: error: something that nobody has seen"
END = "make: *** [Makefile:3: world.opt] Error 2"
KNOWN_LATER = "/usr/bin/ld: cannot find -lzstd: No such file or directory"


def diagnosis(text: str | bytes) -> Diagnosis:
    return diagnose(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "x.log")


def found(*text: str, facts: BuildFacts | None = None) -> Found:
    return find_cause(io.BytesIO("\n".join(text).encode()), facts or BuildFacts())


# ---------------------------------------------------------------- order


def test_what_comes_after_the_build_gave_up_is_no_cause() -> None:
    assert diagnosis(f"{UNKNOWN}\n{END}\n" + "next\n" * 20 + f"{SAK}\n").outcome == "unknown"


def test_a_known_line_before_the_build_gave_up_wins_over_unknown_ones() -> None:
    result = diagnosis(f"{UNKNOWN}\n{SAK}\n{END}\n")
    assert (result.code, result.line, result.led_to) == ("sak-for-target", 2, END)


def test_the_first_of_two_known_causes_is_named() -> None:
    assert diagnosis(f"{SAK}\nld.lld: error: duplicate symbol: f\n{END}\n").code == "sak-for-target"


def test_what_only_says_what_happened_gives_way_to_what_says_why_soon_after() -> None:
    general = "stub.o: error adding symbols: file in wrong format"
    whole = f'{general}\nFile "whole.cmx", line 1:\nError: Error during partial linking\n'
    assert diagnosis(f"{KNOWN_LATER}\n{general}\n").code == "library-absent"
    assert diagnosis("x.o: file format not recognized\n" + f"{SAK}\n").code == "sak-for-target"
    assert (
        diagnosis("x.o: file format not recognized\n" + "fine\n" * 100 + f"{SAK}\n").code
        == "object-for-another-machine"
    )
    assert diagnosis(whole).code == "packld-of-build-machine"


def test_what_make_ignores_is_no_cause() -> None:
    ignored = "rm: cannot remove 'x': No such file or directory\nmake: [Makefile:9: clean] Error 1 (ignored)\n"
    assert diagnosis(ignored).outcome == "nothing"
    assert diagnosis(f"{ignored}{SAK}\n{END}\n").line == 3
    tolerated = f"{UNKNOWN}\nmake[1]: *** [Makefile:2: part] Error 1\nmake: [Makefile:9: all] Error 2 (ignored)\n"
    assert diagnosis(tolerated).outcome == "nothing"
    assert diagnosis(f"{tolerated}{SAK}\n{END}\n").code == "sak-for-target"


def test_what_make_ignores_in_one_job_hides_no_error_of_another() -> None:
    ignored = "rm: cannot remove 'x': No such file or directory\nmake: [Makefile:9: clean] Error 1 (ignored)\n"
    assert diagnosis(f"{SAK}\n" + "fine\n" * 20 + f"{ignored}{END}\n").line == 1


def test_the_error_of_one_of_several_jobs_is_found_among_the_lines_of_others() -> None:
    text = (
        f"  CC runtime/a.o\n{SAK}\n  CC runtime/error.o\nmake: *** [Makefile:1: sak] Error 2\n"
        f"make: *** Waiting for unfinished jobs....\n{UNKNOWN}\n"
    )
    assert (diagnosis(text).code, diagnosis(text).line) == ("sak-for-target", 2)


@pytest.mark.parametrize(
    "line",
    [
        "checking for error: strings... no",
        "checking whether gcc accepts -Werror... yes",
        'gcc -c -DMSG="error: no" fail.c',
        "  OCAMLC utils/error.cmo",
        "  55 |   error: missing semicolon in a piece of source",
        "      |   ^~~~~ error: ",
        "| error: a line of a probe's program",
        "sys.c:10:3: warning: implicit error: none [-Wimplicit]",
        "+ cd /tree && make error: target",
        "unix_error=No such file or directory",
        "Warning 8 [partial-match]: this pattern-matching is not exhaustive.",
        "Here is an example of a case that is not matched: Error _",
        "configure: WARNING: unrecognized options: --with-error:",
        "In file included from error: x.h:1",
        "make[2]: Nothing to be done for 'error: all'.",
        "mv: error.o",
    ],
)
def test_a_line_that_only_looks_like_an_error_is_none(line: str) -> None:
    assert diagnosis(f"{line}\n").outcome == "nothing"


@pytest.mark.parametrize(
    "line",
    [
        "tar: x: No space left on device",
        "sh: 1: /x: Text file busy",
        "Aborted (core dumped)",
        "x: Input/output error",
        "Fatal error: exception Not_found",
        "fatal: unable to access 'https://x/': no",
        "cc1: out of memory allocating 65536 bytes",
        "a: unrecognised option '-z'",
        "ninja: build stopped: subcommand failed.",
        "Unhandled exception: Not_found",
    ],
)
def test_a_line_that_is_an_error_is_found(line: str) -> None:
    assert diagnosis(f"fine\n{line}\n").line == 2


def test_where_only_make_complains_its_complaint_is_the_unknown_cause() -> None:
    result = diagnosis(f"fine\n{END}\n")
    assert (result.outcome, result.line, result.text) == ("unknown", 2, END)


def test_an_unknown_failure_shows_the_first_lines_that_look_like_errors() -> None:
    result = diagnosis("\n".join(f"a.c:{n}: error: odd {n}" for n in range(40)) + f"\n{END}\n")
    assert result.outcome == "unknown"
    assert [line.number for line in result.suspects] == list(range(1, 13))
    assert result.led_to == END


def test_the_release_is_read_from_configures_first_line() -> None:
    result = found("configure: Configuring OCaml version 5.3.0", "checking for gcc... gcc", "a.c:1: error: no")
    assert result.facts.release == "5.3.0"
    assert (
        found("configure: Configuring OCaml version 5.3.0", facts=BuildFacts(release="4.14.1")).facts.release
        == "4.14.1"
    )


# ---------------------------------------------------------------- what is shown


def test_the_users_own_line_is_shown_with_its_neighbours() -> None:
    result = diagnosis("a\nb\nc\nd\n" + f"{SAK}\r\ne\nf\ng\n")
    assert [(line.number, line.text) for line in result.context] == [
        (2, "b"), (3, "c"), (4, "d"), (5, SAK), (6, "e"), (7, "f"),
    ]  # fmt: skip


def test_colours_and_control_characters_are_neither_in_the_way_nor_shown() -> None:
    result = diagnosis("\x1b[1m\x1b[31mld.lld: error: \x1b[0mduplicate symbol: f\x1b]0;title\x07\n")
    assert (result.code, result.text) == ("symbol-twice", "ld.lld: error: duplicate symbol: f")


def test_a_message_after_a_progress_line_without_an_end_is_found() -> None:
    assert (
        diagnosis("  0  10M\r 50  10M\rcurl: (6) Could not resolve host: x.invalid\n").code
        == "network-out-of-reach"
    )


def test_what_a_pattern_catches_is_in_the_words_and_fixes() -> None:
    result = diagnosis(f"{KNOWN_LATER}\n")
    assert result.what == "the linker found no library zstd for the target"
    assert "libzstd.a" in result.confirm


def test_configures_error_is_explained_by_its_own_log(tmp_path: Path) -> None:
    log, config = tmp_path / "build.log", tmp_path / "config.log"
    log.write_text(
        "checking for gcc... gcc\nconfigure: error: in `/x':\n"
        "configure: error: C compiler cannot create executables\n"
    )
    assert diagnose_file(log).code == "cc-makes-nothing"
    config.write_text(
        "This file contains any messages produced by compilers while\nrunning configure\n"
        "configure:10: checking for foo.h\nfoo.c:1: fatal error: foo.h: No such file or directory\n"
        f"configure:20: checking whether the C compiler works\n{KNOWN_LATER}\n"
        "configure:21: error: in `/x':\nconfigure:22: error: C compiler cannot create executables\n"
        "ac_cv_x=y\n"
    )
    result = diagnose_file(log, config=config)
    assert (result.code, result.file, result.line) == ("library-absent", str(config), 6)
    assert (result.led_line, result.led_to) == (3, "configure: error: C compiler cannot create executables")
    assert diagnose_file(config).code == "library-absent"


def test_a_config_log_of_a_configure_that_worked_has_no_failure(tmp_path: Path) -> None:
    config = tmp_path / "config.log"
    config.write_text(
        "This file contains any messages produced by compilers while\nrunning configure\n"
        "configure:10: checking for foo.h\nfoo.c:1: fatal error: foo.h: No such file or directory\n"
        "configure: exit 0\n"
    )
    assert diagnose_file(config).outcome == "nothing"


@pytest.mark.parametrize("name", ["", "absent.log", "a\0b", "x" * 300])
def test_a_log_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        diagnose_file(tmp_path / name)


# ---------------------------------------------------------------- anything at all


def test_lines_keep_their_numbers_and_places_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspicious, "BLOCK", 97)
    monkeypatch.setattr(suspicious, "NEAR", 40)
    text = b"".join(b"line %d is fine\n" % n if n % 7 else b"a.c:%d: error: here\n" % n for n in range(1, 400))
    file = io.BytesIO(text)
    for line in suspicious_lines(file):
        assert line.text == b"a.c:%d: error: here" % line.number
        assert text[line.offset :].startswith(line.text)
        assert line.text in line.around
    assert [line.number for line in suspicious_lines(io.BytesIO(text))] == list(range(7, 400, 7))


@pytest.mark.parametrize("length", [suspicious.SEARCHED * 2, suspicious.BLOCK * 2, suspicious.LONGEST * 2 + 7])
def test_a_line_without_an_end_neither_hides_an_error_nor_is_one(length: int) -> None:
    result = diagnosis(b"x" * length + b" error: too far in\n" + SAK.encode() + b"\n")
    assert (result.code, result.line) == ("sak-for-target", 2)
    assert diagnosis(b"x" * length + b" error: too far in").outcome == "nothing"
    assert diagnosis(SAK.encode() + b"x" * length).line == 1


def test_no_more_of_a_log_is_read_than_the_limit() -> None:
    text = b"fine\n" * 1000 + f"{SAK}\n".encode()
    assert find_cause(io.BytesIO(text), BuildFacts(), limit=1000).hit is None
    assert find_cause(io.BytesIO(text), BuildFacts(), limit=len(text)).hit is not None


def test_a_log_full_of_errors_that_nobody_knows_is_left_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cause, "MAX_ERRORS", 50)
    assert diagnosis(f"{UNKNOWN}\n" * 40 + f"{SAK}\n").code == "sak-for-target"
    assert diagnosis(f"{UNKNOWN}\n" * 60 + f"{SAK}\n").outcome == "unknown"


def test_binary_rubbish_is_passed_over() -> None:
    noise = bytes(range(256)) * 300
    result = diagnosis(noise + b"\n" + SAK.encode() + b"\n" + noise)
    assert result.code == "sak-for-target"
    assert all(line.text.isprintable() for line in result.context)


@given(data=st.binary(max_size=2000))
def test_no_log_makes_the_diagnosis_crash(data: bytes) -> None:
    diagnosis(data)
    diagnosis(data + b"\n" + SAK.encode() + b"\n" + data)


WORDS = [word.decode() for word in suspicious.WORDS]


@given(
    st.lists(
        st.one_of(st.sampled_from(WORDS), st.text(max_size=20), st.sampled_from(["\n", "\r", "error: ", "\x1b["]))
    )
)
def test_no_mixture_of_suspicious_words_makes_the_diagnosis_crash(parts: list[str]) -> None:
    result = diagnosis("".join(parts).encode(errors="surrogatepass"))
    shown = "".join(line.text for line in (*result.context, *result.suspects))
    assert [letter for letter in shown if unicodedata.category(letter) == "Cc"] == []


@given(before=st.lists(st.sampled_from(["fine", "  CC a.o", "checking for x... no", ""]), max_size=30))
def test_the_number_of_the_line_is_the_one_an_editor_shows(before: list[str]) -> None:
    assert diagnosis("\n".join([*before, SAK, ""])).line == len(before) + 1
