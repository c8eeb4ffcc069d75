"""Makes the plan: a pure function from a checked situation to everything a build will do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from wizard import __version__
from wizard.constraints.situation import Situation
from wizard.errors import RefusedError
from wizard.folders import Folders
from wizard.plan import actions as a
from wizard.plan import seed
from wizard.plan.drafts import Draft, chain, sha256
from wizard.plan.layout import layout
from wizard.plan.model import Flag, Plan, PlannedPatch, Variable
from wizard.plan.recipe import Recipe, RecipeStage, fill, fill_command, fill_flags, recipes
from wizard.plan.sources import component_digests, component_records, fetches
from wizard.plan.switch_files import switch_files
from wizard.selection import Preset
from wizard.surroundings import LOCK_FILE
from wizard.toolchain.wrappers import build_tool_texts, gcc_wrapper_texts, wrapper_texts

HOST_DONE = "host-share"
"""The stage with which a host compiler is complete."""

_SCRATCH = ("scratch", "staging", "tmp")
"""Folders of a build, beside its tree, that nothing needs once it is done."""


def make_plan(
    preset: Preset,
    place: Situation,
    folders: Folders,
    prefix: Path,
    patches: tuple[PlannedPatch, ...] = (),
) -> Plan:
    """The plan for a situation without errors. Pure: reads and writes nothing.

    The target's tree and the host compiler's are homes of their own, built side by side as far
    as the one does not need the other. `prefix` is absolute. Raises RefusedError where the
    situation has no triplet or no host, which a check would have said before.
    """
    if place.triplet is None or place.host is None or (place.needs_zig and place.surroundings.zig is None):
        raise RefusedError("selection-refused", "this selection has findings that forbid a build", "", "run check")
    return _Planner(preset, place, folders, prefix, patches).plan()


class _Planner:
    """The values that all parts of one plan share."""

    def __init__(
        self,
        preset: Preset,
        place: Situation,
        folders: Folders,
        prefix: Path,
        patches: tuple[PlannedPatch, ...],
    ) -> None:
        assert place.triplet is not None
        assert place.host is not None
        self.preset, self.place, self.folders, self.patches = preset, place, folders, patches
        self.prefix = str(prefix)
        self.triplet = place.triplet
        self.host = place.host
        self.release = place.release
        self.here = place.surroundings
        self.zig_from = place.surroundings.zig if place.needs_zig else None
        self.zig = str(folders.toolchains / f"zig-{self.zig_from.version}") if self.zig_from else ""
        self.zig_cache = str(folders.cache / "zig")
        self.zig_toolchain = place.catalogue.toolchains["zig"]
        self.build_tools = "" if place.build_compiler else str(folders.toolchains / "build-tools")
        self.cc = place.build_compiler or f"{self.build_tools}/gcc"
        # A host that is not the build machine: static programs, linked with musl by zig.
        foreign = place.foreign_host and not place.uses_path_compiler
        self.host_triplet = (place.catalogue.triplet(self.host.id, "musl") or "") if foreign else ""
        self.host_tools = str(folders.toolchains / f"{self.host_triplet}-tools") if foreign else ""
        self.host_cc = f"{self.host_tools}/{self.host_triplet}-gcc" if foreign else self.cc
        self.exe = place.target.program_suffix
        known = recipes()
        self.recipe = known.get(f"{self.release.recipe}-{place.target.os}", known[self.release.recipe])
        self.host_recipe = known[f"foreign-{self.recipe.host}" if foreign else self.recipe.host]
        self.host_home = folders.hosts / f"{self.release.id}-{self.host.id}-{self._host_key()}"
        found = self.here.ocaml
        self.path_compiler = found if place.uses_path_compiler else None
        self.host_prefix = str(
            Path(self.path_compiler.bin).parent if self.path_compiler else self.host_home / "prefix"
        )
        self.digest = self._digest()
        self.id = f"{self.release.id}-{self.triplet}-{self.digest[:8]}"
        self.build_folder = folders.builds / self.id
        self.fetches = fetches(self.release, place.components, preset.lock, self.build_folder)
        self.records = component_records(place.components, self.build_folder)
        self.staging = f"{self.build_folder}/staging{self.prefix}"
        self.words = self._words()

    def _host_key(self) -> str:
        """What a host compiler depends on: two builds with the same key share it."""
        recipe = self.host_recipe
        parts = [self.release.id, self.host.id, self.host_cc, *(flag.flag for flag in recipe.flags)]
        parts += [word for stage in recipe.stages for command in stage.commands for word in command]
        parts += [word for words in recipe.variables.values() for word in words] + [seed.KEEP]
        return sha256(parts)[:8]

    def _digest(self) -> str:
        """What the whole build depends on, beside the files that its stages' own digests cover."""
        parts = [
            msgspec.json.encode(self.preset.selection).decode(),
            self.prefix,
            self.host_prefix,
            self.toolchain_version,
            *(patch.sha256 for patch in self.patches),
            self.preset.lock.source_sha256 if self.preset.lock else "",
            *component_digests(self.place.components, self.preset.lock),
        ]
        return sha256(parts)

    @property
    def toolchain_version(self) -> str:
        """The version of the target's C toolchain."""
        if self.place.toolchain.provider == "zig":
            return self.zig_from.version if self.zig_from else ""
        name = self.place.toolchain.targets[self.triplet]
        return self.here.compiler_versions.get(name, "")

    def _words(self) -> dict[str, str]:
        return {
            "host": self.host_prefix,
            "host_lib": self.path_compiler.lib if self.path_compiler else f"{self.host_prefix}/lib/ocaml",
            "prefix": self.prefix,
            "staging": self.staging,
            "destdir": f"{self.build_folder}/staging",
            "tree": f"{self.build_folder}/tree",
            "triplet": self.triplet,
            "build": self.here.triplet,
            "cc": self.cc,
            "ocaml_arch": self.place.target.ocaml_arch,
            "exe": self.exe,
            **{one.id: f"{self.build_folder}/{one.id}" for one in self.place.components},
        }

    def plan(self) -> Plan:
        """The finished plan."""
        flags = fill_flags(self.recipe, self.words)
        host_words = self._host_words()
        host_flags = fill_flags(self.host_recipe, host_words) if not self.path_compiler else ()
        wrappers = self._wrappers()
        files = switch_files(
            self.staging, self.prefix, self.triplet, self.release, flexlink=self.place.target.ostype == "Win32"
        )
        stages = chain([self._fetch(), self._toolchain(wrappers)], self.build_folder, shared=False)
        if not self.path_compiler:
            stages += chain(self._host_stages(host_flags, host_words), self.host_home, shared=True)
        before = stages[-1].digest + stages[1].digest
        stages += chain(self._target_stages(flags, files), self.build_folder, shared=False, before=before)
        return Plan(
            wizard=__version__,
            id=self.id,
            digest=self.digest,
            selection=self.preset.selection,
            preset=self.preset,
            host=self.host.id,
            target=self.place.target.id,
            triplet=self.triplet,
            release=self.release.id,
            prefix=self.prefix,
            build_folder=str(self.build_folder),
            staging=self.staging,
            host_compiler="path" if self.path_compiler else "build",
            host_prefix=self.host_prefix,
            host_flags=host_flags,
            flags=flags,
            environment=self._environment(),
            scrubbed=self.here.scrubbed,
            wrappers=wrappers,
            switch_files=files,
            patches=self.patches,
            stages=tuple(stages),
            sources_folder=str(self.folders.sources),
            cache_folder=self.zig_cache,
            toolchain_version=self.toolchain_version,
        )

    def _environment(self) -> tuple[Variable, ...]:
        path = [f"{self.staging}/wrappers", f"{self.host_prefix}/bin"]
        path += [folder for folder in (self.host_tools, self.build_tools) if folder]
        return (
            Variable(
                "PATH",
                ":".join([*path, *_absolute_parts(self.here.path)]),
                "the wrapper scripts come first, then the host compiler, then your own PATH",
            ),
            Variable("HOME", f"{self.build_folder}/home", "nothing is read from or written to your home"),
            Variable("TMPDIR", f"{self.build_folder}/tmp", "temporary files stay in the build's folder"),
            Variable("LC_ALL", "C", "messages in the words that this wizard knows"),
            Variable("MAKEFLAGS", f"-j{self.here.cores}", "as many jobs as this machine has cores"),
        )

    def _wrappers(self) -> tuple[a.WriteFile, ...]:
        if self.place.toolchain.provider == "zig":
            texts = wrapper_texts(self.place.toolchain, self.triplet, self.zig, self.zig_cache)
        else:
            texts = gcc_wrapper_texts(self.place.toolchain, self.triplet, self.place.compiler)
        return _scripts(f"{self.staging}/wrappers", texts)

    def _fetch(self) -> Draft:
        titles = [self.release.title, *(one.title for one in self.place.components)]
        return Draft(
            "fetch",
            f"Fetch {' and '.join(titles)}",
            "The source, from a local folder, the cache, or the first place that has it; its digest decides.",
            self.fetches,
            tuple(fetch.record for fetch in self.fetches),
            seconds=5,
        )

    def _toolchain(self, wrappers: tuple[a.WriteFile, ...]) -> Draft:
        target = self.place.target
        sysroot = f"{self.staging}/sysroot"
        readme = "Headers for the target go into include/, libraries into lib/: the wrappers look here.\n"
        return Draft(
            "toolchain",
            "Set up the C toolchain",
            "Writes the wrapper scripts and asks the compiler what it really makes."
            + (" The first time, zig compiles the C library for this target: a minute." if self.zig else ""),
            (
                *self._zig_actions(),
                *wrappers,
                a.WriteFile(f"{sysroot}/README", readme, "your own C libraries for the target"),
                a.WriteFile(f"{sysroot}/include/README", readme, "headers for the target"),
                a.WriteFile(f"{sysroot}/lib/README", readme, "libraries for the target"),
                a.CheckCompiler(
                    compiler=f"{self.staging}/wrappers/{self.triplet}-gcc",
                    triplet=self.triplet,
                    answer=self.place.toolchain.targets[self.triplet],
                    target=target.id,
                    static=self.place.libc.static,
                    scratch=f"{self.build_folder}/scratch",
                    assembler=f"{self.staging}/wrappers/{self.triplet}-as",
                ),
            ),
            (f"{self.staging}/wrappers/{self.triplet}-gcc", *([f"{self.zig}/zig"] if self.zig else [])),
            seconds=55 if self.zig else 3,
            lines=3,
        )

    def _zig_actions(self) -> Iterable[a.AnyAction]:
        """zig itself, and its scripts for the build machine and a foreign host, where one is needed."""
        if self.zig_from is None:
            return
        yield a.PlaceToolchain(self.zig_from.folder, self.zig)
        yield a.WriteFile(f"{self.zig_cache}/README", "zig's cache: safe to delete.\n", "zig's cache")
        if self.build_tools:  # no C compiler here: zig under the plain names serves as one
            here = self.place.catalogue.machines[self.here.machine]
            texts = build_tool_texts(self.zig_toolchain, here.arch, self.zig, self.zig_cache)
            yield from _scripts(self.build_tools, texts)
        if self.host_tools:
            texts = wrapper_texts(self.zig_toolchain, self.host_triplet, self.zig, self.zig_cache)
            yield from _scripts(self.host_tools, texts)

    def _host_words(self) -> dict[str, str]:
        home = self.host_home
        return {
            "host": f"{home}/prefix",
            "tree": f"{home}/tree",
            "cc": self.host_cc,
            "build": self.here.triplet,
            "host_triplet": self.host_triplet,
            "host_destdir": f"{home}/staging",
            "host_staging": f"{home}/staging{home}/prefix",
        }

    def _host_stages(self, flags: tuple[Flag, ...], words: dict[str, str]) -> list[Draft]:
        home = self.host_home
        record = f"{home}/source.json"
        source = Draft(
            "host-source",
            "Unpack the host compiler's source",
            "The host compiler is of the same release: the same source, unpatched.",
            (
                a.FetchSource(self.release.title, self.release.sources, record),
                a.UnpackSource(record, f"{home}/tree"),
            ),
            (record, f"{home}/tree/configure"),
            seconds=3,
            needs=("fetch", "toolchain") if self.build_tools or self.host_tools else ("fetch",),
        )
        stages = [source, *self._recipe_stages(self.host_recipe, words, flags, f"{home}/tree")]
        share = Draft(
            HOST_DONE,
            "Keep what targets share",
            "The compiler's modules are the same for every target, but for configuration and back end.",
            (
                *seed.keep(f"{home}/tree", f"{home}/seed"),
                a.Publish(f"{home}/staging{home}/prefix", f"{home}/prefix"),
                a.Run(("rm", "-rf", f"{home}/tree", f"{home}/staging"), str(home), "only the result is kept"),
            ),
            (f"{home}/prefix/bin/ocamlopt.opt", f"{home}/seed/utils/config.cmi"),
        )
        return [*stages, share]

    def _target_stages(self, flags: tuple[Flag, ...], files: tuple[a.WriteFile, ...]) -> list[Draft]:
        folder, staging = str(self.build_folder), self.staging
        tree = f"{folder}/tree"
        record = f"{folder}/source.json"
        source = Draft(
            "source",
            "Unpack and patch the source",
            "A fresh copy for this target.",
            (
                a.Run(
                    ("rm", "-rf", *(f"{staging}/{name}" for name in ("bin", "lib", "libexec", "man", "share"))),
                    folder,
                    "left from an earlier try",
                ),
                a.UnpackSource(record, tree),
                *(a.ApplyPatch(patch.name, patch.text, tree) for patch in self.patches),
                *(a.UnpackSource(record, f"{folder}/{id_}") for id_, record in self.records.items()),
            ),
            (f"{tree}/configure",),
            seconds=3,
        )
        kept = tuple(
            a.WriteFile(
                f"{staging}/share/ocaml-cross/patches/{patch.name}", patch.text, "a patch that was applied"
            )
            for patch in self.patches
        )
        switch = Draft(
            "switch",
            "Complete the switch",
            "Launchers that find the C toolchain by themselves, findlib and dune configuration, the lock file.",
            (
                *layout(staging, folder, self.exe),
                *files,
                *kept,
                a.WriteLock(f"{staging}/{LOCK_FILE}", record, self.records),
            ),
            (f"{staging}/{LOCK_FILE}",),
        )
        report = f"{staging}/share/ocaml-cross/proof.json"
        proof = Draft(
            "proof",
            "Prove it",
            "Asks the compiler, audits what it makes, and runs that on the target, before anything is published.",
            (a.Prove(staging, self.prefix, report),),
            (report,),
            seconds=8,
            lines=40,
        )
        publish = Draft(
            "publish",
            "Publish the switch",
            "Moves the finished switch to its prefix in one step.",
            (
                a.Publish(staging, self.prefix),
                a.Run(
                    ("rm", "-rf", tree, *(f"{folder}/{name}" for name in (*_SCRATCH, *self.records))),
                    folder,
                    "only the journal and the logs are kept",
                ),
            ),
            (f"{self.prefix}/{LOCK_FILE}",),
        )
        middle = self._recipe_stages(self.recipe, self.words, flags, tree)
        return [source, *self._waiting_for_host(middle), switch, proof, publish]

    def _waiting_for_host(self, stages: list[Draft]) -> list[Draft]:
        """The recipe's stages, the first that uses the host compiler waiting until that is there."""
        if self.path_compiler:
            return stages
        first = next(number for number, stage in enumerate(self.recipe.stages) if stage.host)
        if not (self.recipe.shares and seed.may_share(self.patches)):
            waiting = msgspec.structs.replace(stages[first], needs=(HOST_DONE,))
            return [*stages[:first], waiting, *stages[first + 1 :]]
        plant = Draft(
            "seed",
            "Take over what targets share",
            "The compiler's modules as they were built with the host compiler: make builds only what differs.",
            seed.plant(f"{self.host_home}/seed", f"{self.build_folder}/tree"),
            (),
            needs=(HOST_DONE,),
        )
        return [*stages[:first], plant, *stages[first:]]

    def _recipe_stages(
        self, recipe: Recipe, words: dict[str, str], flags: tuple[Flag, ...], tree: str
    ) -> list[Draft]:
        return [self._recipe_stage(stage, recipe, words, flags, tree) for stage in recipe.stages]

    def _recipe_stage(
        self, stage: RecipeStage, recipe: Recipe, words: dict[str, str], flags: tuple[Flag, ...], tree: str
    ) -> Draft:
        actions: list[a.AnyAction] = [
            a.Run(fill_command(command, recipe, words, flags), tree) for command in stage.commands
        ]
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


def _scripts(folder: str, texts: dict[str, tuple[str, str]]) -> tuple[a.WriteFile, ...]:
    """The actions that write scripts (name -> text, purpose) into a folder."""
    return tuple(a.WriteFile(f"{folder}/{name}", text, purpose, 0o755) for name, (text, purpose) in texts.items())


def _absolute_parts(path: str) -> list[str]:
    """The folders of a PATH without those that mean wherever a command happens to run."""
    return [part for part in path.split(":") if part.startswith("/")]
