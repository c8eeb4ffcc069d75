"""The host compiler of a plan: found on PATH, or built once and kept for all targets."""

from __future__ import annotations

from pathlib import Path

from wizard.base.folders import Folders
from wizard.check.resolved import ResolvedSelection
from wizard.plan import seed
from wizard.steps import actions as a
from wizard.steps.drafts import Draft, chain, sha256
from wizard.steps.flag import Flag
from wizard.steps.recipes import Recipe, fill_flags, recipe_stages
from wizard.steps.sources import TESTS
from wizard.steps.stage import Stage
from wizard.toolchains.c_toolchain import CToolchain

DONE = "host-share"
"""The stage with which a host compiler that is built is complete."""


class HostCompiler:
    """Where the host compiler of one plan is, and the stages that build it.

    prefix: its folder. lib: its library. seed: the folder of what its build leaves for targets, ""
    where it is on PATH. flags, stages: how it is built; none where it is on PATH.
    """

    def __init__(self, resolved: ResolvedSelection, folders: Folders, tools: CToolchain, recipe: Recipe) -> None:
        assert resolved.host is not None
        self._resolved, self._tools, self._recipe = resolved, tools, recipe
        key = self._key()
        self._home = folders.hosts / f"{resolved.release.id}-{resolved.host.id}-{key}"
        found = resolved.build_machine.ocaml if resolved.uses_path_compiler else None
        self.on_path = found is not None
        self.prefix = str(Path(found.bin).parent if found else self._home / "prefix")
        self.lib = found.lib if found else f"{self.prefix}/lib/ocaml"
        self.seed = "" if found else f"{self._home}/seed"
        self._words = {
            "host": f"{self._home}/prefix",
            "tree": f"{self._home}/tree",
            "cc": tools.host_cc,
            "build": resolved.build_machine.triplet,
            "host_triplet": tools.host_triplet,
            "host_destdir": f"{self._home}/staging",
            "host_staging": f"{self._home}/staging{self._home}/prefix",
        }
        self.flags: tuple[Flag, ...] = () if found else fill_flags(recipe, self._words)

    def _key(self) -> str:
        """What a host compiler depends on: two builds with the same key share it."""
        resolved, recipe = self._resolved, self._recipe
        assert resolved.host is not None
        parts = [resolved.release.id, resolved.host.id, self._tools.host_cc, *(flag.flag for flag in recipe.flags)]
        parts += [word for stage in recipe.stages for command in stage.commands for word in command]
        parts += [word for words in recipe.variables.values() for word in words] + [seed.KEEP, *seed.FOLDERS]
        return sha256(parts)[:8]

    def stages(self) -> list[Stage]:
        """The stages that build it, in a home of its own; none where it is on PATH."""
        if self.on_path:
            return []
        toolchain = self._tools.host_stage(str(self._home))
        first = [toolchain] if toolchain else []
        return chain([*first, self._source(), *self._compile(), self._share()], self._home, shared=True)

    def _source(self) -> Draft:
        release, home = self._resolved.release, self._home
        record = f"{home}/source.json"
        return Draft(
            "host-source",
            "Unpack the host compiler's source",
            "The host compiler is of the same release: the same source, unpatched.",
            (
                a.FetchSource(release.title, release.sources, record),
                a.UnpackSource(record, f"{home}/tree", TESTS),
            ),
            (record, f"{home}/tree/configure"),
            seconds=3,
            needs=("fetch",),
        )

    def _compile(self) -> list[Draft]:
        return recipe_stages(self._recipe, self._words, self.flags, f"{self._home}/tree")

    def _share(self) -> Draft:
        home = self._home
        return Draft(
            DONE,
            "Keep what targets share",
            "The compiler's modules are the same for every target, but for configuration and back end.",
            (
                *seed.keep(f"{home}/tree", self.seed, f"{home}/scripts"),
                a.Publish(f"{home}/staging{home}/prefix", f"{home}/prefix"),
                a.Run(("rm", "-rf", f"{home}/tree", f"{home}/staging"), str(home), "only the result is kept"),
            ),
            (f"{home}/prefix/bin/ocamlopt.opt", f"{self.seed}/utils/config.cmi"),
        )
