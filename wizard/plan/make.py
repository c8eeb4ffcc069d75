"""Makes the plan: a pure function from a checked situation to everything a build will do."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard import __version__
from wizard.base.errors import RefusedError
from wizard.base.folders import Folders
from wizard.catalogue.presets import Preset
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import LOCK_FILE
from wizard.plan import answers, host, seed
from wizard.plan.host import HostCompiler
from wizard.plan.layout import layout
from wizard.plan.model import Plan, PlannedPatch, Variable
from wizard.plan.switch_files import switch_files
from wizard.steps import actions as a
from wizard.steps.drafts import Draft, chain, sha256
from wizard.steps.flag import Flag
from wizard.steps.recipes import fill_flags, recipe_stages, recipes
from wizard.steps.sources import TESTS, component_digests, component_records, fetches
from wizard.toolchains.c_toolchain import CToolchain

_SCRATCH = ("scratch", "staging", "tmp", "wrappers", "stand-in")
"""Folders of a build, beside its tree, that nothing needs once it is done."""


def make_plan(
    preset: Preset,
    resolved: ResolvedSelection,
    folders: Folders,
    prefix: Path,
    patches: tuple[PlannedPatch, ...] = (),
) -> Plan:
    """The plan for a resolved selection without errors. Pure: writes nothing, reads only files of the package.

    The target's tree and the host compiler's are homes of their own, built side by side as far
    as the one does not need the other. `prefix` is absolute. Raises RefusedError where the
    situation has no triplet or no host, which a check would have said before.
    """
    if (
        resolved.triplet is None
        or resolved.host is None
        or (resolved.needs_zig and resolved.build_machine.zig is None)
    ):
        raise RefusedError("selection-refused")
    return _Planner(preset, resolved, folders, prefix, patches).plan()


class _Planner:
    """The values that all parts of one plan share."""

    def __init__(
        self,
        preset: Preset,
        resolved: ResolvedSelection,
        folders: Folders,
        prefix: Path,
        patches: tuple[PlannedPatch, ...],
    ) -> None:
        assert resolved.triplet is not None
        assert resolved.host is not None
        self.preset, self.resolved, self.folders, self.patches = preset, resolved, folders, patches
        self.prefix = str(prefix)
        self.triplet = resolved.triplet
        self.host = resolved.host
        self.release = resolved.release
        self.here = resolved.build_machine
        self.exe = resolved.target.program_suffix
        known = recipes()
        kinds = (f"{self.release.recipe}-{kind}" for kind in (resolved.libc.id, resolved.target.os))
        self.recipe = next((known[kind] for kind in kinds if kind in known), known[self.release.recipe])
        self.tools = CToolchain(resolved, folders, self.triplet, preset.lock)
        host_recipe = f"foreign-{self.recipe.host}" if self.tools.host_triplet else self.recipe.host
        self.compiler = HostCompiler(resolved, folders, self.tools, known[host_recipe])
        self.digest = self._digest()
        self.id = f"{self.release.id}-{self.triplet}-{self.digest[:8]}"
        self.build_folder = folders.builds / self.id
        self.fetches = fetches(self.release, resolved.components, preset.lock, self.build_folder)
        self.records = component_records(resolved.components, self.build_folder)
        self.staging = f"{self.build_folder}/staging{self.prefix}"
        self.site = answers.site_text(resolved.toolchain.id, self.tools.version, resolved.libc.id)
        self.site_file = f"{self.build_folder}/scripts/config.site" if self.site else answers.NONE
        self.request = self.tools.request(str(self.build_folder), self.staging, self.prefix)
        self.setup = self.tools.set_up(self.request)
        # What a C toolchain is made of is unpacked before it is set up.
        self.unpacked = [
            component.name for component in resolved.components if not (component.toolchains or self.setup.unpacks)
        ]
        self.words = self._words()

    def _digest(self) -> str:
        """What the whole build depends on, beside the files that its stages' own digests cover."""
        parts = [
            msgspec.json.encode(self.preset.selection).decode(),
            self.prefix,
            self.compiler.prefix,
            self.tools.version,
            *(patch.sha256 for patch in self.patches),
            self.preset.lock.source_sha256 if self.preset.lock else "",
            *component_digests(self.resolved.components, self.preset.lock),
        ]
        return sha256(parts)

    def _words(self) -> dict[str, str]:
        return {
            "host": self.compiler.prefix,
            "host_lib": self.compiler.lib,
            "prefix": self.prefix,
            "staging": self.staging,
            "destdir": f"{self.build_folder}/staging",
            "tree": f"{self.build_folder}/tree",
            "triplet": self.triplet,
            "build": self.here.triplet,
            "cc": self.tools.cc,
            "ocaml_arch": self.resolved.target.ocaml_arch,
            "answers": self.site_file,
            "exe": self.exe,
            "target_cc": f"{self.triplet}-{'cc' if self.resolved.libc.portable else 'gcc'}",
            "arch": self.resolved.target.arch,
            **{component.name: f"{self.build_folder}/{component.name}" for component in self.resolved.components},
            **self.setup.words,
        }

    def plan(self) -> Plan:
        """The finished plan."""
        flags = fill_flags(self.recipe, self.words)
        files = self._switch_files()
        toolchain = self.tools.stage(self.setup, self.request)
        below = self.tools.stages(self.request, self.words)
        own = chain([self._fetch(), *below, toolchain], self.build_folder, shared=False)
        stages = own + self.compiler.stages()
        before = stages[-1].digest + own[-1].digest
        stages += chain(self._target_stages(flags, files), self.build_folder, shared=False, before=before)
        return Plan(
            wizard=__version__,
            id=self.id,
            digest=self.digest,
            selection=self.preset.selection,
            preset=self.preset,
            host=self.host.id,
            target=self.resolved.target.id,
            triplet=self.triplet,
            release=self.release.id,
            prefix=self.prefix,
            build_folder=str(self.build_folder),
            staging=self.staging,
            host_compiler="path" if self.compiler.on_path else "build",
            host_prefix=self.compiler.prefix,
            host_flags=self.compiler.flags,
            flags=flags,
            environment=self._environment(),
            scrubbed=self.here.scrubbed,
            wrappers=self.setup.wrappers,
            switch_files=files,
            patches=self.patches,
            stages=tuple(stages),
            sources_folder=str(self.folders.sources),
            cache_folder=self.tools.zig_cache,
            toolchain_version=self.tools.version,
        )

    def _switch_files(self) -> tuple[a.WriteFile, ...]:
        resolved, where = self.resolved, (self.staging, self.prefix, self.triplet)
        files = switch_files(
            *where,
            self.release,
            flexlink=resolved.target.ostype == "Win32",
            findlib=resolved.libc.findlib,
            tools=self.setup.tools,
        )
        return (*files, *self.setup.files)

    def _environment(self) -> tuple[Variable, ...]:
        path = [self.setup.build_wrappers, f"{self.compiler.prefix}/bin"]
        path += [folder for folder in (self.tools.host_tools, self.tools.build_tools) if folder]
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

    def _fetch(self) -> Draft:
        titles = [self.release.title, *(component.title for component in self.resolved.components)]
        return Draft(
            "fetch",
            f"Fetch {' and '.join(titles)}",
            "The source, from a local folder, the cache, or the first place that has it; its digest decides.",
            self.fetches,
            tuple(fetch.record for fetch in self.fetches),
            seconds=5,
        )

    def _target_stages(self, flags: tuple[Flag, ...], files: tuple[a.WriteFile, ...]) -> list[Draft]:
        folder, staging = str(self.build_folder), self.staging
        tree = f"{folder}/tree"
        record = f"{folder}/source.json"
        tested = any(path.startswith(f"{TESTS}/") for patch in self.patches for path in patch.touches)
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
                a.UnpackSource(record, tree, "" if tested else TESTS),
                *(a.ApplyPatch(patch.name, patch.text, tree) for patch in self.patches),
                *(a.UnpackSource(self.records[name], f"{folder}/{name}") for name in self.unpacked),
                *([a.WriteFile(self.site_file, self.site, "what configure need not ask")] if self.site else []),
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
            "Finish the switch",
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
            "Test it on the target",
            "Asks the compiler, audits what it makes, and runs that on the target, before anything is published.",
            (a.Prove(staging, self.prefix, report),),
            (report,),
            seconds=8,
            lines=40,
        )
        publish = Draft(
            "publish",
            "Move into place",
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
        middle = recipe_stages(self.recipe, self.words, flags, tree)
        return [source, *self._waiting_for_host(middle), switch, proof, publish]

    def _waiting_for_host(self, stages: list[Draft]) -> list[Draft]:
        """The recipe's stages, the first that uses the host compiler waiting until that is there."""
        if self.compiler.on_path:
            return stages
        first = next(number for number, stage in enumerate(self.recipe.stages) if stage.host)
        if not (self.recipe.shares and seed.may_share(self.patches)):
            waiting = msgspec.structs.replace(stages[first], needs=(host.DONE,))
            return [*stages[:first], waiting, *stages[first + 1 :]]
        plant = Draft(
            "seed",
            "Reuse shared parts",
            "The compiler's modules as they were built with the host compiler: make builds only what differs.",
            seed.plant(self.compiler.seed, f"{self.build_folder}/tree", f"{self.build_folder}/scripts"),
            (),
            needs=(host.DONE,),
        )
        return [*stages[:first], plant, *stages[first:]]


def _absolute_parts(path: str) -> list[str]:
    """The folders of a PATH without those that mean wherever a command happens to run."""
    return [part for part in path.split(":") if part.startswith("/")]
