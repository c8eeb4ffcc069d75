"""What goes into a plan: lock files, patches, recipes, and how its actions read."""

from __future__ import annotations

import hashlib
import re
import shlex
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.fakes import REAL
from tests.support.plans import PATCH, found, plan_for, variants
from tests.support.properties import given
from wizard.base.errors import InputError, RefusedError, WizardError
from wizard.base.folders import Folders
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Lock, Preset
from wizard.catalogue.selection import Selection
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.recipes import Recipe, fill, fill_command, recipes
from wizard.steps.stage import Stage

# ---------------------------------------------------------------- lock files and patches


def lock(sha256: str) -> Lock:
    return Lock(
        wizard="0.1.0",
        triplet="aarch64-linux-musl",
        source_file="x",
        source_sha256=sha256,
        toolchain_version="0.17.0",
        host_compiler="build",
    )


def target_sources(plan: Plan) -> tuple[Source, ...]:
    fetch = plan.stage("fetch").actions[0]
    assert isinstance(fetch, a.FetchSource)
    return fetch.sources


@pytest.mark.parametrize("source", REAL.releases["5.3.0"].sources, ids=lambda source: source.kind)
def test_a_lock_file_takes_only_the_source_it_pins(source: Source, session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path, lock=lock(source.sha256))
    assert target_sources(plan) == (source,)


def test_without_a_lock_file_any_source_of_the_release_will_do(session: Session, tmp_path: Path) -> None:
    assert target_sources(plan_for(session, tmp_path)) == REAL.releases["5.3.0"].sources


def test_a_lock_file_whose_source_the_catalogue_lost_never_builds_from_another(
    session: Session, tmp_path: Path
) -> None:
    try:
        plan = plan_for(session, tmp_path, lock=lock("f" * 64))
    except WizardError as error:
        assert isinstance(error, (InputError, RefusedError))  # noqa: PT017
    else:
        assert {source.sha256 for source in target_sources(plan)} == {"f" * 64}


def test_a_lock_file_that_pins_another_c_toolchain_is_not_followed_without_a_word(
    session: Session, tmp_path: Path
) -> None:
    pins = msgspec.structs.replace(lock(REAL.releases["5.3.0"].sources[0].sha256), toolchain_version="0.16.0")
    preset = Preset(Selection(target="aarch64-linux"), lock=pins)
    try:
        found = session.check(preset, tmp_path / "switch").findings
    except WizardError as error:
        found = ()
        assert "0.16.0" in error.render()  # noqa: PT017
    else:
        assert "lock-toolchain" in [one.code for one in found]
        assert "0.16.0" in " ".join(one.what for one in found)


def test_the_patches_of_a_switch_are_kept_beside_its_lock_file(session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path, patches=(PATCH,))
    kept = [x for x in found(plan, a.WriteFile) if isinstance(x, a.WriteFile) and x.path.endswith(".patch")]
    assert [(x.path, x.text) for x in kept] == [
        (f"{plan.staging}/share/ocaml-cross/patches/one.patch", PATCH.text)
    ]


def test_two_patches_of_one_name_do_not_overwrite_each_other(session: Session, tmp_path: Path) -> None:
    names = [tmp_path / folder / "fix.patch" for folder in ("one", "two")]
    for number, name in enumerate(names):
        name.parent.mkdir()
        name.write_text(PATCH.text.replace("+b", f"+{number}"), encoding="utf-8")
    selection = Selection(target="aarch64-linux", patches=tuple(map(str, names)))
    try:
        plan = session.plan(session.check_selection(selection, tmp_path / "switch"))
    except WizardError as error:
        assert isinstance(error, InputError)  # noqa: PT017
        return
    kept = {x.path: x.text for x in found(plan, a.WriteFile) if isinstance(x, a.WriteFile) and "fix" in x.path}
    assert len(kept) == 2
    assert len({patch.name for patch in plan.patches}) == 2, "the lock file pins patches by name"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_kept_of_a_patch_has_the_digest_that_the_lock_file_pins(
    end: str, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "fix.patch"
    path.write_bytes(PATCH.text.replace("\n", end).encode())
    plan = session.plan(session.check_selection(Selection(target="aarch64-linux", patches=(str(path),))))
    assert hashlib.sha256(plan.patches[0].text.encode()).hexdigest() == plan.patches[0].sha256


def test_a_patch_that_is_not_there_is_an_input_error(session: Session, tmp_path: Path) -> None:
    selection = Selection(target="aarch64-linux", patches=(str(tmp_path / "no.patch"),))
    with pytest.raises(InputError, match=r"no\.patch") as raised:
        session.plan(session.check_selection(selection))
    assert raised.value.code == "patch-unreadable"


def test_a_patch_with_a_nul_in_its_name_is_an_input_error(session: Session) -> None:
    with pytest.raises(InputError):
        session.plan(session.check_selection(Selection(target="aarch64-linux", patches=("/tmp/\0",))))


def test_a_patch_that_is_not_the_pinned_one_is_refused(session: Session, tmp_path: Path) -> None:
    (tmp_path / "fix.patch").write_text(PATCH.text, encoding="utf-8")
    preset = Preset(
        Selection(target="aarch64-linux", patches=(str(tmp_path / "fix.patch"),)),
        lock=msgspec.structs.replace(
            lock(REAL.releases["5.3.0"].sources[0].sha256), patches={"fix.patch": "0" * 64}
        ),
    )
    with pytest.raises(InputError) as raised:
        session.plan(session.check(preset))
    assert raised.value.code == "patch-changed"


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize("name", list(recipes()))
def test_a_recipe_uses_only_variables_it_has(name: str) -> None:
    recipe = recipes()[name]
    for stage in recipe.stages:
        for command in stage.commands:
            for word in command:
                assert not word.startswith("@") or word == "@flags" or word[1:] in recipe.variables


@pytest.mark.parametrize("name", list(recipes()))
def test_a_recipe_uses_every_variable_it_has(name: str) -> None:
    recipe = recipes()[name]
    used = {word for stage in recipe.stages for command in stage.commands for word in command}
    assert {f"@{variable}" for variable in recipe.variables} <= used


TARGETS_OF_SOME = {
    "dynlink-all",
    "otherlibs/dynlink",
    "tools-all",
    "ocamltools",
    "runtime/zstd.c",
    "ocamlmktop_init.cmo",
    "stdlib/header.c",
}


@pytest.mark.parametrize(
    ("release", "asked"),
    [
        ("5.3.0", {"dynlink-all", "tools-all"}),
        ("5.2.1", {"otherlibs/dynlink", "tools-all", "stdlib/header.c"}),
        ("5.1.1", {"otherlibs/dynlink", "tools-all", "runtime/zstd.c"}),
        ("5.0.0", {"ocamltools", "ocamlmktop_init.cmo"}),
        ("4.14.2", {"ocamltools"}),
    ],
)
def test_make_is_asked_for_what_the_makefiles_of_a_release_have(
    session: Session, tmp_path: Path, release: str, asked: set[str]
) -> None:
    """As upstream's Makefiles of these tags have it."""
    plan = plan_for(session, tmp_path, target="aarch64-linux", libc="musl", release=release)
    runs = [action for stage in plan.stages for action in stage.actions if isinstance(action, a.Run)]
    assert {word for run in runs for word in run.argv} & TARGETS_OF_SOME == asked


words = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("xyz /", max_size=5), max_size=3)


@given(words=words, text=st.text("ab{}$( )", max_size=20))
def test_filling_in_replaces_the_words_it_has_and_nothing_else(words: dict[str, str], text: str) -> None:
    expected = re.sub(r"\{(\w+)\}", lambda m: words.get(m.group(1), m.group(0)), text)
    assert fill(text, words) == expected


def test_flags_and_variables_become_words_of_their_own() -> None:
    recipe = Recipe(stages=(), variables={"sak": ("SAK_CC={cc}", "SAK_LINK={cc} -o $(1)")})
    argv = fill_command(("make", "@sak", "x", "{cc}"), recipe, {"cc": "/a b/gcc"}, ())
    assert argv == ("make", "SAK_CC=/a b/gcc", "SAK_LINK=/a b/gcc -o $(1)", "x", "/a b/gcc")


# ---------------------------------------------------------------- the preview's lines

any_word = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    argv=st.lists(any_word, min_size=1, max_size=4),
    cwd=any_word.map(lambda word: f"/{word}"),
    env=st.dictionaries(st.text("ABC_", min_size=1, max_size=3), any_word, max_size=2),
)
def test_a_command_is_shown_as_it_could_be_typed(argv: list[str], cwd: str, env: dict[str, str]) -> None:
    shown = shlex.split(a.Run(tuple(argv), cwd, env=env).describe())
    assert shown == ["cd", cwd, "&&", *(f"{name}={value}" for name, value in env.items()), *argv]


def test_every_kind_of_action_has_one_line_for_the_preview(session: Session) -> None:
    kinds: set[type[a.Action]] = set()
    for plan in variants(session, Path("/opt/switch")):
        for action in (action for stage in plan.stages for action in stage.actions):
            kinds.add(type(action))
            assert action.describe()
            assert "\n" not in action.describe()
    assert kinds == set(get_args(a.AnyAction))


def test_a_stage_without_outputs_still_has_a_digest(session: Session, tmp_path: Path) -> None:
    stages: list[Stage] = list(plan_for(session, tmp_path).stages)
    assert any(not stage.outputs for stage in stages)
    assert all(stage.digest for stage in stages)


def test_own_folders_are_those_that_were_given(session: Session, tmp_path: Path, folders: Folders) -> None:
    plan = plan_for(session, tmp_path)
    assert plan.sources_folder == str(folders.sources)
    assert plan.build_folder == str(folders.builds / plan.id)
    assert plan.staging == f"{plan.build_folder}/staging{tmp_path}"
