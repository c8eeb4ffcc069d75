"""Unikraft: in the catalogue with its sources, shown as untested, and refused with what is missing."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.support.commands import Ocw
from wizard.catalogue.selection import Selection, follow
from wizard.catalogue.store import catalogue
from wizard.check.check import check, refusals
from wizard.check.findings import errors
from wizard.check.matrix import cell_of, matrix
from wizard.check.resolved import ResolvedSelection, resolve
from wizard.doctor.gather_tools import emulators
from wizard.faces.tui.cell_words import verdict_words
from wizard.machine.survey import ordinary_linux
from wizard.session.questions import toolchain_explained

KNOWN = catalogue()
TARGETS = ("x86_64-unikraft", "aarch64-unikraft")


def _place(target: str, release: str = "5.3.0") -> ResolvedSelection:
    here = msgspec.structs.replace(
        ordinary_linux(),
        compilers={name: f"/usr/bin/{name}-gcc" for name in ("x86_64-linux-gnu", "aarch64-linux-gnu")},
    )
    return resolve(follow(Selection(target, release=release), KNOWN), KNOWN, here)


@pytest.mark.parametrize("target", TARGETS)
def test_it_is_untested_where_its_sources_are_published_and_refused_where_not(target: str) -> None:
    published = set(KNOWN.ports("unikraft")["ocaml-unikraft"])
    assert published == {"5.3.0", "5.4.0", "5.4.1", "5.5.0"}
    for release in KNOWN.releases:
        cell = cell_of(_place(target, release))
        assert cell.verdict == ("untested" if release in published else "refused"), release
        assert ("port-missing" in cell.codes) == (release not in published)


@pytest.mark.parametrize("target", TARGETS)
def test_choosing_it_says_what_is_missing_and_offers_solo5(target: str) -> None:
    place = _place(target)
    (missing,) = errors(check(place))
    assert missing.code == "recipe-missing"
    for word in ("stages", "wrapper scripts", "proof", "opam install ocaml-unikraft"):
        assert word in missing.why
    assert {fix.selection.target for fix in missing.fixes if fix.selection} == {"x86_64-solo5", "aarch64-solo5"}
    assert refusals(place) == (), "the selection itself is not wrong"


def test_no_other_c_toolchain_is_said_to_lack_its_stages() -> None:
    for cell in matrix(KNOWN, ordinary_linux(), "5.3.0", ("x86_64-linux",)):
        chosen = follow(Selection(cell.target, release="5.3.0", toolchain=cell.toolchain), KNOWN)
        codes = {one.code for one in check(resolve(chosen, KNOWN, ordinary_linux()))}
        assert ("recipe-missing" in codes) == (cell.target in TARGETS)


def test_every_source_has_an_official_address_and_a_digest() -> None:
    components = _place(TARGETS[0]).components
    assert [(component.name, component.version) for component in components] == [
        ("ocaml-unikraft", "1.2.0"),
        ("unikraft", "0.20.0"),
        ("unikraft-musl", "0.20.0"),
    ]
    for component in components:
        (source,) = component.sources
        assert source.kind == "official"
        assert f"v{component.version}.tar.gz" in source.address
        assert len(source.sha256) == 64


def test_the_screens_say_that_it_cannot_be_built_yet() -> None:
    cell = cell_of(_place(TARGETS[0]))
    assert "cannot build it yet" in verdict_words(cell, KNOWN)
    panel = toolchain_explained(KNOWN.toolchains["unikraft"], ordinary_linux())
    assert dict(panel.parts)["Not built yet"].startswith("The catalogue has the sources")
    assert KNOWN.buildable("x86_64-solo5")
    assert not KNOWN.buildable(TARGETS[0])


def test_the_doctor_asks_for_no_emulator_of_what_cannot_be_built() -> None:
    names = {emulator.name for emulator in emulators(ordinary_linux(), KNOWN)}
    assert "qemu-aarch64" in names
    assert not any(name.startswith("qemu-system") for name in names)


def test_the_commands_say_it(ocw: Ocw) -> None:
    listed = {load["machine"]: load for load in json.loads(ocw("targets", "--json").out)}
    assert listed["x86_64-unikraft"]["missing"]
    assert not listed["x86_64-solo5"]["missing"]
    assert "untested: cannot be built yet" in ocw("targets").out
    ended = ocw("build", "--target", "unikraft")
    assert ended.code == 5
    assert "error[recipe-missing]" in ended.err
    assert ocw("explain", "recipe-missing").code == 0
