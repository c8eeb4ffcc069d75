"""A provider is one file: a toy of the test tree goes through plan, doctor, matrix and words; all keep to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.fakes import HERE, REAL, placed
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue, Toolchain
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.check.matrix import matrix
from wizard.doctor.gather_tools import compilers
from wizard.plan.make import make_plan
from wizard.session.questions import toolchain_explained
from wizard.toolchains.registry import provider_names, provider_of, registered

TRIPLET, NAME = "aarch64-linux-gnu", "toy-aarch64"
CHOSEN = Selection(target="aarch64-linux", libc="glibc", toolchain="toy")


@pytest.fixture
def known() -> Iterator[Catalogue]:
    """The catalogue with the toy in the place of gcc, and its provider registered."""
    toy = msgspec.structs.replace(
        REAL.toolchains["gcc"],
        id="toy", title="Toy", provider="toy", targets={TRIPLET: NAME}, packages={TRIPLET: ("toy",)},
        assembler={}, tools={}, libcs=("glibc",),
    )  # fmt: skip
    others = {id_: toolchain for id_, toolchain in REAL.toolchains.items() if id_ != "gcc"}
    with registered("toy", "tests.toolchains.toy_provider"):
        yield msgspec.structs.replace(REAL, toolchains={**others, "toy": toy})
    assert "toy" not in provider_names()


@pytest.fixture
def compiler(tmp_path: Path) -> str:
    path = tmp_path / f"{NAME}-gcc"
    path.write_text(
        f"#!/bin/sh\n[ $1 != -dumpmachine ] || {{ echo {TRIPLET}; exit 0; }}\nexit 1\n", encoding="ascii"
    )
    path.chmod(0o755)
    return str(path)


def test_a_plan_is_made_with_a_provider_that_the_product_does_not_have(
    known: Catalogue, compiler: str, tmp_path: Path
) -> None:
    resolved = placed(CHOSEN, known, compilers={NAME: compiler})
    folders = Folders(tmp_path / "cache", tmp_path / "data", tmp_path / "state")
    plan = make_plan(Preset(resolved.selection), resolved, folders, tmp_path / "switch")
    assert plan.toolchain_version == "1.0-toy"
    assert [Path(script.path).name for script in plan.wrappers][:2] == [f"{TRIPLET}-gcc", f"{TRIPLET}-cc"]
    assert compiler in plan.wrappers[0].text
    ids = [stage.id for stage in plan.stages]
    assert ids.index("toy") < ids.index("toolchain")
    assert "a word of a recipe" in plan.stage("toy").actions[0].describe() + str(plan.stage("toy").actions)
    assert any(output.endswith("/toy.txt") for output in plan.stage("toolchain").outputs)
    assert any(file.path.endswith("/share/toy") for file in plan.switch_files)


def test_the_doctor_tries_its_compiler(known: Catalogue, compiler: str) -> None:
    here = msgspec.structs.replace(HERE, compilers={NAME: compiler})
    (found,) = compilers(here, known)
    assert (found.name, found.machine, found.answer) == (NAME, "aarch64-linux", TRIPLET)
    assert found.problem, "it compiles nothing, and that is said"


def test_the_matrix_and_the_words_have_it(known: Catalogue, compiler: str) -> None:
    here = msgspec.structs.replace(HERE, compilers={NAME: compiler})
    cells = matrix(known, here, "5.3.0", (here.machine,))
    cell = next(cell for cell in cells if cell.pair == ("aarch64-linux", "glibc"))
    assert (cell.toolchain, cell.verdict) == ("toy", "untested")
    said = toolchain_explained(known.toolchains["toy"], here)
    assert ("Found here", "a toy is always there") in said.parts


@pytest.mark.parametrize("name", provider_names())
def test_every_provider_serves_a_toolchain_of_the_catalogue(name: str) -> None:
    assert any(toolchain.provider == name for toolchain in REAL.toolchains.values())


@pytest.mark.parametrize("toolchain", REAL.toolchains.values(), ids=lambda toolchain: toolchain.id)
def test_every_toolchain_has_a_provider_that_answers(toolchain: Toolchain) -> None:
    provider = provider_of(toolchain)
    assert provider.found(toolchain, HERE)
    assert set(provider.probed(toolchain).values()) <= set(toolchain.targets)
    for triplet in toolchain.targets:
        assert provider.answer(toolchain, triplet)
        argv = provider.portable_argv(toolchain, triplet, "hello", "hello.com")
        assert argv[0].startswith(triplet)
        assert {"hello", "hello.com"} <= set(argv)


def test_a_provider_that_nobody_registered_is_an_error() -> None:
    with pytest.raises(KeyError):
        provider_of(msgspec.structs.replace(REAL.toolchains["gcc"], provider="nobody"))
