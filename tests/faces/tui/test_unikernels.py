"""What the wizard's screens have for unikernels: bindings, patches of the wizard's own, sources of the user's."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual.widgets import Input

from tests.faces.tui.drive import app_of, make_app, press, until, words
from tests.support.fakes import HERE, UNIKERNEL
from wizard.base.folders import Folders
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.choice_list import ChoiceList
from wizard.faces.tui.widgets.patch_list import PatchList
from wizard.session.draft import Draft
from wizard.session.session import Session

COMPILERS = {"x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc"}
SIZE = (100, 50)


@pytest.fixture
def real(folders: Folders) -> Session:
    return Session(folders, msgspec.structs.replace(HERE, compilers=COMPILERS, seccomp=True))


async def test_the_bindings_are_chosen_beside_the_c_library(real: Session) -> None:
    async with make_app(real).run_test(size=SIZE) as pilot:
        app = app_of(pilot)
        app.draft = Draft(UNIKERNEL)
        app.go(Step.LIBC)
        await until(pilot, lambda: app.screen.query("#choices-bindings"))
        choices = app.screen.query_one("#choices-bindings", ChoiceList)
        assert [entry.id for entry in choices.entries] == ["spt", "hvt", "virtio", "muen", "xen"]
        choices.focus()
        await press(pilot, "down")
        assert app.draft.selection.bindings == "hvt"
        assert "hardware virtualisation" in words(pilot)


async def test_other_targets_have_no_bindings_to_choose(real: Session) -> None:
    async with make_app(real).run_test(size=SIZE) as pilot:
        app = app_of(pilot)
        app.draft = Draft(UNIKERNEL).choose(real.catalogue, target="aarch64-linux")
        app.go(Step.LIBC)
        await until(pilot, lambda: app.screen.query("#choices-bindings"))
        assert app.draft.selection.bindings == ""
        assert not app.screen.query_one("#choices-bindings").display


async def test_a_patch_of_the_wizards_own_explains_itself_and_can_be_switched_off(real: Session) -> None:
    async with make_app(real).run_test(size=SIZE) as pilot:
        app = app_of(pilot)
        app.draft = Draft(UNIKERNEL)
        app.go(Step.RELEASE)
        await until(pilot, lambda: app.screen.query(PatchList))
        patches = app.screen.query_one(PatchList)
        assert patches.border_title == "Patches: 2"
        patches.focus()
        await press(pilot, "down")
        assert "128 domains" in words(pilot)
        await press(pilot, "space")
        assert "nolibc-one-domain" in app.draft.selection.without
        assert "(off)" in words(pilot, "#patches")
        await press(pilot, "space")
        assert not app.draft.selection.without


async def test_a_source_of_ones_own_is_typed_in_the_review_and_called_unpinned(
    real: Session, tmp_path: Path
) -> None:
    (tmp_path / "solo5").mkdir()
    async with make_app(real).run_test(size=SIZE) as pilot:
        app = app_of(pilot)
        app.draft = Draft(UNIKERNEL)
        app.go(Step.REVIEW)
        await until(pilot, lambda: app.screen.query("#own-sources"))
        app.screen.query_one("#own-sources", Input).value = f"solo5={tmp_path}/solo5 ocaml-so"
        await pilot.pause()
        assert app.draft.selection.sources == (f"solo5={tmp_path}/solo5",)
        assert "Solo5's bindings spt" in words(pilot)
        found = real.check(app.draft.preset).findings
        assert "source-unpinned" in [finding.code for finding in found]
