"""The rules: each refuses what cannot work, lets pass what can, and offers fixes that do fix."""

from __future__ import annotations

import copy
import os
import re
import string
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import ALPHA, ARM, CYGWIN, HERE, I386, OCAML, REAL, WINDOWS, placed, wide
from tests.inspected import CASES as INSPECTED
from tests.trees import closed
from wizard.catalogue.model import Catalogue
from wizard.constraints.findings import SEVERITIES, errors, texts
from wizard.constraints.rules import RULES, Situation, check, path_problem, situation
from wizard.selection import NATIVE, HostCompiler, Selection
from wizard.session import prefix_findings
from wizard.surroundings import LOCK_FILE, Surroundings

WIDE = wide()
OLD = "4.14.2"


def codes(place: Situation) -> list[str]:
    return [one.code for one in check(place)]


def on(host: str, target: str, release: str = "5.3.0") -> Situation:
    """Host and target of the wide catalogue, the wizard running on that host."""
    return placed(Selection(target=target, host=host, release=release), WIDE, machine=host)


def lacking(place: Situation, *, triplet: bool = False, target: bool = False) -> Situation:
    """The same situation with a C library that has no such triplet, or a toolchain that has no such target."""
    known = place.catalogue
    if triplet:
        musl = msgspec.structs.replace(known.libcs["musl"], triplets={"x86_64-linux": "x86_64-linux-musl"})
        known = msgspec.structs.replace(known, libcs={"musl": musl})
    if target:
        zig = msgspec.structs.replace(known.toolchains["zig"], targets={"x86_64-linux-musl": "x86_64-linux-musl"})
        known = msgspec.structs.replace(known, toolchains={"zig": zig})
    return situation(place.selection, known, place.surroundings)


PATH_COMPILER = Selection(target="aarch64-linux", host_compiler="path")

# code of a finding -> a situation that has it, and one like it that has not
CASES: dict[str, tuple[Situation, Situation]] = {
    "word-size": (on("x86_64-linux", ARM.id, OLD), on(I386.id, ARM.id, OLD)),
    "ostype-unix": (on("x86_64-linux", WINDOWS.id), on("x86_64-linux", "aarch64-linux")),
    "ostype-win32": (on("x86_64-linux", WINDOWS.id), on("x86_64-linux", CYGWIN.id)),
    "ostype-cygwin": (on("x86_64-linux", CYGWIN.id), on("x86_64-linux", WINDOWS.id)),
    "native-back-end": (on(I386.id, ARM.id, "5.3.0"), on(I386.id, ARM.id, OLD)),
    "libc-machine": (lacking(placed(), triplet=True), placed()),
    "toolchain-target": (lacking(placed(), target=True), placed()),
    "toolchain-missing": (placed(zig=None), placed()),
    "toolchain-version": (placed(zig=msgspec.structs.replace(HERE.zig, version="0.15.1")), placed()),  # type: ignore[type-var]
    "host-runnable": (placed(Selection(target="x86_64-linux", host="aarch64-linux")), placed()),
    "build-machine": (placed(machine="", uname="sparc64", triplet=""), placed()),
    "release-equal": (
        placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, release="5.4.1")),
        placed(PATH_COMPILER, ocaml=OCAML),
    ),
    "host-compiler-missing": (placed(PATH_COMPILER), placed(PATH_COMPILER, ocaml=OCAML)),
    "host-compiler-foreign": (
        placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, architecture="arm64")),
        placed(PATH_COMPILER, ocaml=OCAML),
    ),
    "host-compiler-unsafe": (
        placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, bin="/my switch/bin")),
        placed(PATH_COMPILER, ocaml=OCAML),
    ),
    "host-compiler-found": (
        placed(ocaml=OCAML),
        placed(Selection(target="aarch64-linux", host_compiler="build"), ocaml=OCAML),
    ),
    "make-missing": (placed(tools={"cc": "/usr/bin/cc"}), placed()),
    "cc-missing": (placed(tools={"make": "/usr/bin/make"}), placed()),
    "emulator-missing": (placed(emulators={}), placed()),
    "environment-scrubbed": (placed(scrubbed=("CC", "OCAMLLIB")), placed()),
    "library-lacking": (
        placed(),
        placed(known=msgspec.structs.replace(
            REAL, libcs={"musl": msgspec.structs.replace(REAL.libcs["musl"], lacks={})}
        )),
    ),
}  # fmt: skip
PREFIX_CODES = {"prefix-unsafe", "prefix-taken", "prefix-not-writable"}
SESSION_CODES = {*PREFIX_CODES, "folder-unsafe", "lock-toolchain"}


def test_every_finding_that_has_words_has_a_case_here() -> None:
    assert set(CASES) | SESSION_CODES | set(INSPECTED) == set(texts())


@pytest.mark.parametrize("code", CASES)
def test_a_situation_that_cannot_be_refused_is_not(code: str) -> None:
    bad, good = CASES[code]
    assert code in codes(bad)
    assert code not in codes(good)


@pytest.mark.parametrize("code", CASES)
def test_the_words_of_a_finding_are_filled_in(code: str) -> None:
    for one in check(CASES[code][0]):
        assert one.what
        assert one.why
        assert not re.search(r"\{\w*\}", one.what + one.why), one
        for fix in one.fixes:
            assert fix.text
            assert fix.selection is not None or fix.command or one.severity != "error"


def test_the_words_name_the_machines_and_their_words() -> None:
    found = {one.code: one for one in check(CASES["word-size"][0])}["word-size"]
    assert found.what == "the host x86_64-linux has 64-bit words and the target arm-linux has 32-bit words"
    assert found.severity == "error"
    assert found.about == "target"


def test_an_unknown_word_in_braces_never_reaches_the_user() -> None:
    for code, text in texts().items():
        for words in (text.what, text.why):
            for _literal, name, form, conversion in string.Formatter().parse(words):
                assert name is None or re.fullmatch(r"[a-z_]+", name), code
                assert not form
                assert not conversion


@pytest.mark.parametrize("code", sorted(texts()))
def test_a_finding_has_a_source_and_is_about_a_field(code: str) -> None:
    text = texts()[code]
    assert text.source
    assert text.about in ("", "prefix", *Selection.__struct_fields__)


def test_an_ordinary_selection_has_no_errors() -> None:
    assert codes(placed()) == ["library-lacking"]


def test_the_word_size_fix_names_a_host_of_the_targets_words_that_is_not_the_target() -> None:
    found = {one.code: one for one in check(CASES["word-size"][0])}["word-size"]
    assert [fix.selection.host for fix in found.fixes if fix.selection] == [I386.id]


def test_a_release_with_a_back_end_is_offered_and_no_other() -> None:
    found = {one.code: one for one in check(CASES["native-back-end"][0])}["native-back-end"]
    offered = [fix.selection.release for fix in found.fixes if fix.selection]
    assert offered == [id_ for id_, release in REAL.releases.items() if "arm" in release.native]
    assert OLD in offered


def test_a_machine_that_no_toolchain_serves_is_refused_without_a_fix() -> None:
    found = {one.code: one for one in check(on("x86_64-linux", ALPHA.id))}
    assert found["toolchain-target"].fixes == ()
    assert found["native-back-end"].fixes == ()


def test_the_missing_zig_is_installed_in_the_version_that_was_tested() -> None:
    found = {one.code: one for one in check(placed(zig=None))}["toolchain-missing"]
    assert found.fixes[0].command.endswith("ziglang==0.17.0")


@pytest.mark.parametrize("host", [NATIVE, "x86_64-linux"])
def test_the_machine_itself_may_be_named_or_called_native(host: str) -> None:
    assert not errors(check(placed(Selection(target="aarch64-linux", host=host))))


def test_a_target_that_is_this_machine_needs_no_emulator() -> None:
    assert "emulator-missing" not in codes(placed(Selection(target="x86_64-linux"), emulators={}))


# ---------------------------------------------------------------- the compiler on PATH


@pytest.mark.parametrize(
    ("wish", "found", "uses"),
    [
        ("auto", OCAML, True),
        ("auto", None, False),
        ("auto", msgspec.structs.replace(OCAML, release="5.3.1"), False),
        ("auto", msgspec.structs.replace(OCAML, architecture="arm64"), False),
        ("build", OCAML, False),
        ("path", OCAML, True),
        ("path", None, True),
    ],
)
def test_which_host_compiler_is_taken(wish: HostCompiler, found: object, uses: bool) -> None:
    place = placed(Selection(target="aarch64-linux", host_compiler=wish), ocaml=found)
    assert place.uses_path_compiler is uses


def test_an_auto_compiler_that_does_not_fit_is_no_error() -> None:
    place = placed(ocaml=msgspec.structs.replace(OCAML, release="4.02.3"))
    assert not errors(check(place))


def test_the_release_on_path_is_offered_only_where_the_catalogue_has_it() -> None:
    place = placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, release="4.02.3"))
    found = {one.code: one for one in check(place)}["release-equal"]
    assert [fix.selection.host_compiler for fix in found.fixes if fix.selection] == ["build"]


# ---------------------------------------------------------------- properties over everything there is

VARIANTS = {
    "ordinary": HERE,
    "bare": msgspec.structs.replace(HERE, tools={}, emulators={}),
    "no zig": msgspec.structs.replace(HERE, zig=None),
    "unknown machine": msgspec.structs.replace(HERE, machine="", uname="vax", triplet=""),
    "arm": msgspec.structs.replace(
        HERE, machine="aarch64-linux", uname="aarch64", triplet="aarch64-unknown-linux-gnu"
    ),
    "ocaml": msgspec.structs.replace(HERE, ocaml=OCAML, scrubbed=("OCAMLLIB",)),
    "foreign ocaml": msgspec.structs.replace(HERE, ocaml=msgspec.structs.replace(OCAML, architecture="arm64")),
    "old ocaml": msgspec.structs.replace(HERE, ocaml=msgspec.structs.replace(OCAML, release="4.14.2")),
    "i386": msgspec.structs.replace(HERE, machine=I386.id, uname="i686", triplet="i686-pc-linux-gnu"),
}


def every_selection(known: Catalogue) -> list[Selection]:
    wishes: tuple[HostCompiler, ...] = ("auto", "path", "build")
    return [
        Selection(target=target, host=host, libc=libc, release=release, toolchain=toolchain, host_compiler=wish)
        for target, host, libc, release, toolchain, wish in product(
            known.machines, [NATIVE, *known.machines], known.libcs, known.releases, known.toolchains, wishes
        )
    ]


@pytest.mark.parametrize("here", VARIANTS.values(), ids=VARIANTS.keys())
@pytest.mark.parametrize("known", [REAL, WIDE], ids=["catalogue", "with fakes"])
def test_over_all_combinations_fixes_fix_and_the_gravest_come_first(known: Catalogue, here: Surroundings) -> None:
    for selection in every_selection(known):
        place = situation(selection, known, here)
        found = check(place)
        ranks = [SEVERITIES.index(one.severity) for one in found]
        assert ranks == sorted(ranks)
        assert len({(one.code, one.what) for one in found}) == len(found), "a finding is said once"
        for one in found:
            for fix in one.fixes:
                if fix.selection is not None:
                    after = situation(fix.selection, known, here)
                    assert one.code not in codes(after), (one.code, selection, fix.selection)


@pytest.mark.parametrize("here", VARIANTS.values(), ids=VARIANTS.keys())
def test_a_check_answers_the_same_twice_and_changes_nothing(here: Surroundings) -> None:
    for selection in every_selection(REAL):
        place = situation(selection, REAL, here)
        before = copy.deepcopy(msgspec.to_builtins(place))
        assert check(place) == check(place)
        assert msgspec.to_builtins(place) == before


def test_a_check_opens_no_file_and_starts_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    texts()

    def refuse_to(*_args: object, **_named: object) -> None:
        raise AssertionError("a check must not look at anything but its argument")

    for name in ("open", "stat", "listdir", "access", "posix_spawn", "fork"):
        monkeypatch.setattr(os, name, refuse_to)
    monkeypatch.setattr("builtins.open", refuse_to)
    for bad, good in CASES.values():
        check(bad)
        check(good)


def test_a_selection_is_possible_exactly_where_no_rule_alone_has_an_error() -> None:
    for selection in every_selection(WIDE):
        place = situation(selection, WIDE, HERE)
        alone = any(one.severity == "error" for rule in RULES for one in rule(place))
        assert alone == bool(errors(check(place)))


# ---------------------------------------------------------------- prefixes


@pytest.mark.parametrize("path", ["/opt/ocaml", "/home/me/a-b_c.d+e/5.3.0", "/opt/ünïcode/λ", "/a@b/c,d"])
def test_an_ordinary_prefix_is_safe(path: str) -> None:
    assert path_problem(path) is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/my folder", "a space"),
        ("/it's", "a quote"),
        ('/a"b', "a double quote"),
        ("/a\tb", "a tab"),
        ("/a\nb", "a line break"),
        ("/$HOME", "the character $"),
        ("/a:b", "the character :"),
        ("/a#b", "the character #"),
        ("/a%b", "the character %"),
        ("/a\\b", "the character \\"),
        ("/~b", "the character ~"),
    ],
)
def test_an_unsafe_prefix_is_refused_by_its_character(path: str, words: str) -> None:
    assert path_problem(path) == words


@given(path=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_what_make_or_a_shell_would_change_is_never_called_safe(path: str) -> None:
    safe = re.fullmatch(r"[\w/.,+@^-]*", path, re.ASCII)
    assert (path_problem(path) is None) == bool(safe)


@pytest.mark.parametrize("character", ["\r", "\v", "\f"])
def test_the_rarer_white_space_at_which_make_splits_is_unsafe_too(character: str) -> None:
    assert path_problem(f"/a{character}b") is not None


def prefix_codes(prefix: Path) -> list[str]:
    return [one.code for one in prefix_findings(prefix)]


def test_a_new_prefix_is_taken(tmp_path: Path) -> None:
    assert prefix_codes(tmp_path / "new" / "deep") == []
    assert list(tmp_path.iterdir()) == [], "looking creates nothing"


def test_an_empty_folder_and_an_older_switch_may_be_replaced(tmp_path: Path) -> None:
    assert prefix_codes(tmp_path) == []
    (tmp_path / LOCK_FILE).write_text("", encoding="utf-8")
    assert prefix_codes(tmp_path) == []


def test_a_folder_that_is_no_switch_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("", encoding="utf-8")
    assert prefix_codes(tmp_path) == ["prefix-taken"]


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert prefix_codes(tmp_path / "file") == ["prefix-taken"]


def test_a_prefix_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = prefix_findings(tmp_path / "file" / "switch")
    assert [one.code for one in found] == ["prefix-not-writable"]
    assert str(tmp_path / "file") in found[0].what


def test_a_prefix_in_a_folder_of_others_cannot_be_written(tmp_path: Path) -> None:
    assert prefix_codes(closed(tmp_path / "closed") / "switch") == ["prefix-not-writable"]


def test_a_folder_that_the_system_refuses_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_args, **_named: False)
    assert prefix_codes(tmp_path / "switch") == ["prefix-not-writable"]


def test_a_prefix_longer_than_a_path_may_be_is_refused_not_a_crash(tmp_path: Path) -> None:
    assert errors(prefix_findings(tmp_path / ("a" * 300)))


def test_a_prefix_that_is_not_utf8_is_refused() -> None:
    assert path_problem("/tmp/\udcff") is not None


def test_the_codes_of_prefix_findings_are_those_that_have_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    seen = {*prefix_codes(tmp_path / "a b"), *prefix_codes(tmp_path), *prefix_codes(tmp_path / "file" / "x")}
    assert seen == PREFIX_CODES
