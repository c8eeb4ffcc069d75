"""Reads the recipes: which flags and commands build a release, as data with words to fill in."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.steps import actions as a
from wizard.steps.drafts import Draft
from wizard.steps.flag import Flag


class RecipeStage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stage of a recipe.

    check: variables of Makefile.config and the values they must have after it.
    host: the stage uses the host compiler; those before it can be run while that is still being built.
    env: what is added to the environment of its commands.
    """

    id: str
    title: str
    why: str
    commands: tuple[tuple[str, ...], ...]
    outputs: tuple[str, ...] = ()
    check: dict[str, str] = {}
    env: dict[str, str] = {}
    host: bool = True
    seconds: float = 1.0
    lines: int = 1


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a kind of release is built. `flag_sets` name lists of flags that stand before its own.

    like: another recipe, whose stages and variables it takes over, and its flags where it names no
    sets of its own. host: the recipe of the host compiler; with `foreign-` before it, of one for
    another machine whose programs run here. shares: its trees begin with what the host compiler's
    build has left for all targets (see plan/seed.py).
    """

    like: str = ""
    host: str = "host"
    shares: bool = False
    stages: tuple[RecipeStage, ...] = ()
    flags: tuple[Flag, ...] = ()
    flag_sets: tuple[str, ...] = ()
    variables: dict[str, tuple[str, ...]] = {}


class _Recipes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    flags: dict[str, tuple[Flag, ...]]
    recipe: dict[str, Recipe]


@functools.cache
def recipes() -> dict[str, Recipe]:
    """Every recipe by name, from recipes.toml, its flag sets put in."""
    text = Path(__file__).with_name("recipes.toml").read_text(encoding="utf-8")
    read = tomlfile.parse(text, _Recipes, name="recipes.toml", code="recipes")
    return {name: _whole(recipe, read) for name, recipe in read.recipe.items()}


def _whole(recipe: Recipe, read: _Recipes) -> Recipe:
    """The recipe with its flag sets put in, and all that it takes over from another."""
    flags = (*(flag for set_ in recipe.flag_sets for flag in read.flags[set_]), *recipe.flags)
    if not recipe.like:
        return msgspec.structs.replace(recipe, flags=flags, flag_sets=())
    other = _whole(read.recipe[recipe.like], read)
    return Recipe(
        host=recipe.host,
        shares=recipe.shares,
        stages=recipe.stages or other.stages,
        flags=flags if recipe.flag_sets else (*other.flags, *flags),
        variables={**other.variables, **recipe.variables},
    )


def fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with each {word} replaced; other braces stay as they are."""
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text


def fill_flags(recipe: Recipe, words: Mapping[str, str]) -> tuple[Flag, ...]:
    """The recipe's configure flags for one plan."""
    return tuple(Flag(fill(flag.flag, words), flag.reason) for flag in recipe.flags)


def fill_command(
    command: tuple[str, ...], recipe: Recipe, words: Mapping[str, str], flags: tuple[Flag, ...]
) -> tuple[str, ...]:
    """A command of the recipe for one plan: `@flags` and the recipe's own `@names` put in."""
    argv: list[str] = []
    for part in command:
        if part == "@flags":
            argv += [flag.flag for flag in flags]
        elif part.startswith("@"):
            argv += [fill(variable, words) for variable in recipe.variables[part[1:]]]
        else:
            argv.append(fill(part, words))
    return tuple(argv)


def recipe_stages(recipe: Recipe, words: Mapping[str, str], flags: tuple[Flag, ...], tree: str) -> list[Draft]:
    """The recipe's stages for one plan, run in `tree`."""
    return [_recipe_stage(stage, recipe, words, flags, tree) for stage in recipe.stages]


def _recipe_stage(
    stage: RecipeStage, recipe: Recipe, words: Mapping[str, str], flags: tuple[Flag, ...], tree: str
) -> Draft:
    env = {name: fill(value, words) for name, value in stage.env.items()}
    commands = (fill_command(command, recipe, words, flags) for command in stage.commands)
    actions: list[a.AnyAction] = [a.Run(command, tree, env=env) for command in commands if command]
    if stage.check:
        expected = {name: fill(value, words) for name, value in stage.check.items()}
        actions.append(a.CheckMakefileConfig(f"{tree}/Makefile.config", expected))
    return Draft(
        stage.id,
        stage.title,
        stage.why,
        tuple(actions),
        tuple(fill(output, words) for output in stage.outputs),
        stage.seconds,
        stage.lines,
    )
