"""The rules: each refuses what cannot work, lets pass what can, and offers fixes that do fix."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import string
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.fakes import ALPHA, ARM, HERE, I386, OCAML, REAL, WINDOWS, placed, with_alpha
from tests.support.inspected import CASES as INSPECTED
from tests.support.properties import given, settings
from tests.support.rule_cases import CASES, OLD, PATH_COMPILER, of
from tests.support.trees import closed
from wizard.base import codes
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import NATIVE, HostCompiler, Selection
from wizard.check.check import check, grades
from wizard.check.findings import SEVERITIES, errors
from wizard.check.fixes import MISSING
from wizard.check.folder_rules import folder_findings, prefix_findings
from wizard.check.resolved import ResolvedSelection, path_problem, resolve
from wizard.machine.survey import LOCK_FILE, BuildMachine
from wizard.plan.make import make_plan
from wizard.plan.patches import own_patches
from wizard.session.session import Session


def codes_of(resolved: ResolvedSelection) -> list[str]:
    return [one.code for one in check(resolved)]


PREFIX_CODES = {"prefix-unsafe", "prefix-taken", "prefix-not-writable"}
SESSION_CODES = {*PREFIX_CODES, "folder-unsafe", "disk-space", "lock-toolchain"}
COVERED = {code for code in codes.findings() if code.startswith(("coverage-", "source-"))}  # by tests of their own


def test_every_finding_that_has_words_has_a_case_here() -> None:
    assert set(CASES) | SESSION_CODES | set(INSPECTED) | COVERED == set(codes.findings())


@pytest.mark.parametrize("code", CASES)
def test_a_selection_that_cannot_be_refused_is_not(code: str) -> None:
    bad, good = CASES[code]
    assert code in codes_of(bad)
    assert code not in codes_of(good)


@pytest.mark.parametrize("code", CASES)
def test_the_words_of_a_finding_are_filled_in(code: str) -> None:
    for one in check(CASES[code][0]):
        assert one.what
        assert one.why
        assert not re.search(r"\{\w*\}", one.what + one.why), one
        for fix in one.fixes:
            assert fix.text
            assert fix.selection is not None or fix.command or one.severity != "error"


@pytest.mark.parametrize("code", CASES)
def test_a_command_is_a_command_and_nothing_else(code: str) -> None:
    """It is copied and typed as it is; what other systems call the same stands in the hint."""
    for found in check(CASES[code][0]):
        for fix in found.fixes:
            assert "    " not in fix.command
            assert not re.search(r"[();]", fix.command), fix
            shlex.split(fix.command)


@pytest.mark.parametrize("code", ["make-missing", "emulator-missing"])
def test_how_another_system_installs_it_is_the_hint_of_a_fix(code: str) -> None:
    (found,) = (finding for finding in check(CASES[code][0]) if finding.code == code)
    assert found.fixes[0].command.startswith("sudo apt-get install ")
    assert found.fixes[0].hint.startswith("Fedora: dnf install ")
    assert found.fixes[0].words == f"install it: {found.fixes[0].command}    ({found.fixes[0].hint})"


def test_the_words_name_the_machines_and_their_words() -> None:
    found = {one.code: one for one in check(CASES["word-size"][0])}["word-size"]
    assert found.what == "the host x86_64-linux has 64-bit words and the target armv7-linux has 32-bit words"
    assert found.severity == "error"
    assert found.about == "target"


def test_an_unknown_word_in_braces_never_reaches_the_user() -> None:
    for code, text in codes.findings().items():
        for words in (text.what, text.why):
            for _literal, name, form, conversion in string.Formatter().parse(words):
                assert name is None or re.fullmatch(r"[a-z_]+", name), code
                assert not form
                assert not conversion


@pytest.mark.parametrize("code", sorted(codes.findings()))
def test_a_finding_has_a_source_and_is_about_a_field(code: str) -> None:
    text = codes.findings()[code]
    assert text.source
    assert text.about in ("", "prefix", *Selection.__struct_fields__)


def test_an_ordinary_selection_has_no_errors() -> None:
    assert codes_of(placed()) == ["library-lacking"]


def test_a_32_bit_target_is_offered_a_32_bit_host_and_a_release_for_it_in_one_step() -> None:
    for code in ("word-size", "native-back-end"):
        found = {one.code: one for one in check(of(ARM.id))}[code]
        first = found.fixes[0].selection
        assert first is not None
        assert first.host == I386.id
        assert "arm" in REAL.releases[first.release].native
        assert not errors(check(resolve(first, REAL, HERE)))


def test_windows_is_refused_below_5_4_and_offered_from_there_on() -> None:
    found = {one.code: one for one in check(of(WINDOWS.id))}["ostype-win32"]
    offered = [
        fix.selection.release for fix in found.fixes if fix.selection and fix.selection.target == WINDOWS.id
    ]
    assert offered
    assert all(REAL.releases[release].version >= (5, 4) for release in offered)
    assert not errors(check(of(WINDOWS.id, release="5.4.1", compilers={"x86_64-w64-mingw32": "/x/gcc"})))


def test_a_release_with_a_back_end_is_offered_and_no_other() -> None:
    found = {one.code: one for one in check(CASES["native-back-end"][0])}["native-back-end"]
    offered = {fix.selection.release for fix in found.fixes if fix.selection}
    assert offered <= {id_ for id_, release in REAL.releases.items() if "arm" in release.native}
    assert OLD in offered


def test_a_machine_that_no_toolchain_serves_is_refused_without_a_fix() -> None:
    place = placed(Selection(target=ALPHA.id), with_alpha())
    found = {one.code: one for one in check(place)}
    assert found["toolchain-target"].fixes == ()
    assert found["native-back-end"].fixes == ()


def test_a_full_disk_is_told_before_the_build(monkeypatch: pytest.MonkeyPatch, folders: Folders) -> None:
    assert folder_findings(folders) == ()
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5 * 10**6))
    (found,) = folder_findings(folders)
    assert found.code == "disk-space"
    assert "5 MB free" in found.what


def test_the_missing_zig_is_installed_in_the_version_that_was_tested() -> None:
    found = {one.code: one for one in check(placed(zig=None))}["toolchain-missing"]
    assert found.fixes[0].command.endswith("ziglang==0.17.0")


@pytest.mark.parametrize("host", [NATIVE, "x86_64-linux"])
def test_the_machine_itself_may_be_named_or_called_native(host: str) -> None:
    assert not errors(check(placed(Selection(target="aarch64-linux", host=host))))


def test_a_target_that_is_this_machine_needs_no_emulator() -> None:
    assert "emulator-missing" not in codes_of(placed(Selection(target="x86_64-linux"), emulators={}))


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


@st.composite
def selections(draw: st.DrawFn, known: Catalogue = REAL) -> Selection:
    """Any selection of the catalogue, sensible or not."""
    return Selection(
        target=draw(st.sampled_from(list(known.machines))),
        host=draw(st.sampled_from([NATIVE, NATIVE, "i686-linux", *known.machines])),
        libc=draw(st.sampled_from(list(known.libcs))),
        release=draw(st.sampled_from(list(known.releases))),
        toolchain=draw(st.sampled_from(list(known.toolchains))),
        host_compiler=draw(st.sampled_from(["auto", "path", "build"])),
    )


@given(selection=selections(), here=st.sampled_from(list(VARIANTS.values())))
@settings(max_examples=400)
def test_fixes_remove_their_finding_and_bring_none_that_is_worse(selection: Selection, here: BuildMachine) -> None:
    resolved = resolve(selection, REAL, here)
    found, before = check(resolved), grades(resolved)
    ranks = [SEVERITIES.index(one.severity) for one in found]
    assert ranks == sorted(ranks), "the gravest come first"
    assert len({(one.code, one.what) for one in found}) == len(found), "a finding is said once"
    for one in found:
        for fix in one.fixes:
            if fix.selection is not None:
                after = grades(resolve(fix.selection, REAL, here))
                assert one.code not in after
                worst = max((after[code] for code in after.keys() - before.keys()), default=0)
                assert worst < max(before[one.code], 10), (one.code, fix.text)


@given(selection=selections(), here=st.sampled_from(list(VARIANTS.values())))
def test_a_check_answers_the_same_twice_and_changes_nothing(selection: Selection, here: BuildMachine) -> None:
    resolved = resolve(selection, REAL, here)
    before = msgspec.json.encode(resolved)
    assert check(resolved) == check(resolved)
    assert msgspec.json.encode(resolved) == before


EVERYTHING = msgspec.structs.replace(
    HERE,
    compilers={name: f"/usr/bin/{name}-gcc" for name in REAL.toolchains["gcc"].targets.values()},
    emulators={id_: f"/usr/bin/{machine.emulator}" for id_, machine in REAL.machines.items() if machine.emulator},
)


@given(selection=selections())
@settings(max_examples=300)
def test_no_selection_that_the_rules_pass_lacks_a_plan(
    selection: Selection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.getbasetemp()
    session = Session(Folders(home / "c", home / "d", home / "s"), EVERYTHING)
    resolved = resolve(selection, REAL, EVERYTHING)
    if not errors(check(resolved)):
        plan = make_plan(Preset(selection), resolved, session.folders, Path("/opt/switch"), own_patches(resolved))
        assert plan.stages
        assert plan.triplet == resolved.triplet


def test_every_target_that_is_not_closed_has_a_selection_that_works() -> None:
    for machine in REAL.machines.values():
        offered = [
            id_
            for id_, release in REAL.releases.items()
            for host in (NATIVE, "i686-linux")
            if not errors(check(placed(Selection(target=machine.id, host=host, release=id_), here=EVERYTHING)))
        ]
        if machine.id != "i686-windows":
            assert bool(offered) == REAL.buildable(machine.id), machine.id


def test_a_check_opens_no_file_and_starts_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    codes.findings()

    def refuse_to(*_args: object, **_named: object) -> None:
        raise AssertionError("a check must not look at anything but its argument")

    for name in ("open", "stat", "listdir", "access", "posix_spawn", "fork"):
        monkeypatch.setattr(os, name, refuse_to)
    monkeypatch.setattr("builtins.open", refuse_to)
    for bad, good in CASES.values():
        check(bad)
        check(good)


def test_a_missing_thing_is_less_grave_than_what_cannot_work() -> None:
    assert grades(placed(zig=None))["toolchain-missing"] == MISSING
    assert grades(of(ARM.id))["word-size"] > MISSING


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
    return [finding.code for finding in prefix_findings(prefix)]


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
