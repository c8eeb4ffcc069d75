"""A session: from a selection to findings, a refusal or a plan, the same for every face."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from tests.support.fakes import ARM, OCAML, WINDOWS, placed
from wizard.base.errors import FolderError, MissingError, RefusedError, WizardError
from wizard.base.folders import Folders
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import HostCompiler, Selection
from wizard.check.check import check
from wizard.check.findings import Finding, errors
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import BuildMachine
from wizard.session.session import Session, refuse


def test_prefix_findings_are_part_of_a_check_and_in_order(session: Session, tmp_path: Path) -> None:
    checked = session.check_selection(Selection(target="aarch64-linux"), tmp_path / "a b")
    assert not checked.possible
    assert checked.findings[0].code == "prefix-unsafe"
    assert checked.findings[-1].severity == "note"


def test_the_usual_prefix_is_below_the_switches(session: Session, folders: Folders) -> None:
    checked = session.check_selection(Selection(target="arm64"))
    assert checked.prefix == Path(os.path.realpath(folders.switches)) / "5.3.0-aarch64-linux-musl"
    assert checked.possible


def test_links_in_a_prefix_are_resolved(session: Session, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert session.prefix_for(Selection(target="arm64"), tmp_path / "link" / "x") == tmp_path / "real" / "x"


@pytest.mark.parametrize("folder", ["my folder", "a:b", "{tree}", "$HOME", "it's"])
def test_own_folders_that_make_cannot_carry_are_refused_although_the_prefix_is_fine(
    folder: str, tmp_path: Path, build_machine: BuildMachine
) -> None:
    home = tmp_path / folder
    session = Session(Folders(home / "cache", home / "data", home / "state"), build_machine)
    checked = session.check_selection(Selection(target="aarch64-linux"), tmp_path / "switch")
    assert not checked.possible
    assert str(home) in " ".join(error.what for error in errors(checked.findings))


@pytest.mark.parametrize("tool", ["cc", "make"])
def test_a_tool_in_a_folder_that_make_cannot_carry_is_not_named_in_a_makefile(
    tool: str, session: Session, tmp_path: Path
) -> None:
    here = session.build_machine
    tools = {**here.tools, tool: f"/opt/my tools/{tool}"}
    elsewhere = Session(session.folders, msgspec.structs.replace(here, tools=tools))
    checked = elsewhere.check_selection(Selection(target="aarch64-linux"), tmp_path / "switch")
    named = checked.possible and "my tools" in str(elsewhere.plan(checked).stages)
    assert not named


@pytest.mark.parametrize("wish", ["auto", "path"])
def test_an_ocaml_in_a_folder_that_make_cannot_carry_is_no_host_compiler(
    wish: HostCompiler, session: Session, tmp_path: Path
) -> None:
    ocaml = msgspec.structs.replace(OCAML, bin="/home/me/my switch/bin", lib="/home/me/my switch/lib/ocaml")
    elsewhere = Session(session.folders, msgspec.structs.replace(session.build_machine, ocaml=ocaml))
    checked = elsewhere.check_selection(Selection(target="aarch64-linux", host_compiler=wish), tmp_path / "switch")
    taken = checked.possible and elsewhere.plan(checked).host_compiler == "path"
    assert not taken


def test_a_refusal_carries_the_first_finding_and_counts_the_rest() -> None:
    found = check(placed(Selection(target=WINDOWS.id)))
    grave = errors(found)
    with pytest.raises(RefusedError) as raised:
        refuse(found)
    assert raised.value.code == grave[0].code
    assert f"and {len(grave) - 1} more" in raised.value.what
    assert raised.value.fix


@pytest.mark.parametrize(
    ("resolved", "code", "error"),
    [
        (placed(Selection(target=ARM.id, release="4.14.2")), "word-size", RefusedError),
        (placed(Selection(target=ARM.id)), "native-back-end", RefusedError),
        (placed(zig=None), "toolchain-missing", MissingError),
        (placed(tools={}), "make-missing", MissingError),
    ],
)
def test_what_is_refused_and_what_is_missing_are_told_apart(
    resolved: ResolvedSelection, code: str, error: type[WizardError]
) -> None:
    found = tuple(one for one in check(resolved) if one.code == code)
    with pytest.raises(error) as raised:
        refuse(found)
    assert raised.value.code == code
    assert raised.value.fix


def test_notes_and_warnings_refuse_nothing() -> None:
    refuse((Finding("cc-missing", "note", "", "x", "y"), Finding("toolchain-version", "warning", "", "x", "y")))


def test_a_plan_is_refused_where_the_check_was(session: Session, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="a space"):
        session.plan(session.check(Preset(Selection(target="arm64")), tmp_path / "a b"))
