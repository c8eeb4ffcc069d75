"""The C toolchain of one plan: where it is, its wrapper scripts, and the stage that sets it up."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.base.folders import Folders
from wizard.catalogue.selection import Lock
from wizard.check.resolved import ResolvedSelection
from wizard.steps import actions as a
from wizard.steps.drafts import Draft
from wizard.steps.scripts import run_script
from wizard.toolchains import cosmopolitan as amalgamation
from wizard.toolchains import cosmopolitan_stages
from wizard.toolchains.cosmocc import cosmocc_wrapper_texts
from wizard.toolchains.wrappers import (
    LIBC_SCRIPT,
    build_tool_texts,
    gcc_wrapper_texts,
    libc_options,
    wrapper_texts,
)

_SYSROOT_README = "Headers for the target go into include/, libraries into lib/: the wrappers look here.\n"


class CToolchain:
    """What a plan knows of C compilers: the target's, the build machine's and a foreign host's.

    zig: the folder of the zig that is kept, "" where none is needed. build_tools: the folder of
    zig's tools for the build machine, "" where that has a C compiler. host_tools: the folder of
    the wrappers for a host that is not the build machine. cc, host_cc: the C compilers for the
    programs that run during the build, and for the host compiler. cosmocc: its folder, "" where
    another C toolchain serves.
    """

    def __init__(self, resolved: ResolvedSelection, folders: Folders, triplet: str, lock: Lock | None) -> None:
        assert resolved.host is not None
        self._resolved, self._triplet = resolved, triplet
        self._zig = resolved.build_machine.zig if resolved.needs_zig else None
        self._catalogued = resolved.catalogue.toolchains["zig"]
        self.zig = str(folders.toolchains / f"zig-{self._zig.version}") if self._zig else ""
        bundled = resolved.toolchain.provider == "cosmocc"
        self.cosmocc = cosmopolitan_stages.kept_folder(resolved, str(folders.toolchains), lock) if bundled else ""
        self.zig_cache = str(folders.cache / "zig")
        self.build_tools = "" if resolved.build_compiler else str(folders.toolchains / "build-tools")
        self.cc = resolved.build_compiler or f"{self.build_tools}/gcc"
        # A host that is not the build machine: static programs, linked with musl by zig.
        foreign = resolved.foreign_host and not resolved.uses_path_compiler
        self.host_triplet = (resolved.catalogue.triplet(resolved.host.id, "musl") or "") if foreign else ""
        self.host_tools = str(folders.toolchains / f"{self.host_triplet}-tools") if foreign else ""
        self.host_cc = f"{self.host_tools}/{self.host_triplet}-gcc" if foreign else self.cc

    @property
    def version(self) -> str:
        """The version of the target's C toolchain."""
        if self._resolved.toolchain.provider == "zig":
            return self._zig.version if self._zig else ""
        if self.cosmocc:
            return self._resolved.toolchain.version
        name = self._resolved.toolchain.targets[self._triplet]
        return self._resolved.build_machine.compiler_versions.get(name, "")

    def wrappers(self, folder: str) -> tuple[a.WriteFile, ...]:
        """The wrapper scripts for the target, written into `folder`."""
        toolchain, triplet = self._resolved.toolchain, self._triplet
        if toolchain.provider == "zig":
            texts = wrapper_texts(toolchain, triplet, self.zig, self._libc(triplet))
        elif toolchain.provider == "cosmopolitan":
            texts = amalgamation.wrapper_texts(toolchain, triplet, self._resolved.compiler)
        elif toolchain.provider == "cosmocc":
            texts = cosmocc_wrapper_texts(triplet, self._resolved.target.arch, self.cosmocc)
        else:
            texts = gcc_wrapper_texts(toolchain, triplet, self._resolved.compiler)
        return _scripts(folder, texts)

    def stage(self, wrappers: tuple[a.WriteFile, ...], staging: str, folder: str, asked: str) -> Draft:
        """The stage that sets all of it up in the switch that grows in `staging`.

        folder: the build's. asked: where the wrapper scripts are that OCaml is built with.
        """
        sysroot = f"{staging}/sysroot"
        provider = self._resolved.toolchain.provider
        before = (
            cosmopolitan_stages.unpacked(self._resolved, staging, folder) if provider == "cosmopolitan" else ()
        )
        if self.cosmocc:
            before = cosmopolitan_stages.kept(self._resolved, self.cosmocc, folder)
        after = cosmopolitan_stages.completed(staging, self._triplet, folder, provider) if before else ()
        return Draft(
            "toolchain",
            "Set up the C toolchain",
            "Writes the wrapper scripts and asks the compiler what it really makes."
            + (" The first time, zig compiles the C library for this target: a minute." if self.zig else ""),
            (
                *self._zig_actions(),
                *self._target_libc(f"{folder}/scripts"),
                *before,
                *wrappers,
                *after,
                a.WriteFile(f"{sysroot}/README", _SYSROOT_README, "your own C libraries for the target"),
                a.WriteFile(f"{sysroot}/include/README", _SYSROOT_README, "headers for the target"),
                a.WriteFile(f"{sysroot}/lib/README", _SYSROOT_README, "libraries for the target"),
                a.CheckCompiler(
                    compiler=f"{asked}/{self._triplet}-gcc",
                    triplet=self._triplet,
                    answer=self._answer(),
                    target=self._resolved.target.id,
                    static=self._resolved.libc.static,
                    scratch=f"{folder}/scratch",
                    assembler=f"{asked}/{self._triplet}-as",
                ),
            ),
            (
                f"{staging}/wrappers/{self._triplet}-gcc",
                *([f"{self.zig}/zig"] if self.zig else []),
                *([f"{self.cosmocc}/bin"] if self.cosmocc else []),
            ),
            seconds=55 if self.zig else 3,
            lines=3,
        )

    def _answer(self) -> str:
        """What the target's compiler says to -dumpmachine, a vendor apart."""
        toolchain = self._resolved.toolchain
        if toolchain.provider == "zig":
            return toolchain.clang[self._triplet][0].removeprefix("--target=")
        return toolchain.targets[self._triplet]

    def _libc(self, triplet: str) -> str:
        """The folder that holds the C library which zig has compiled for a triplet."""
        return f"{self.zig}-{triplet}"

    def host_stage(self, folder: str) -> Draft | None:
        """The stage that sets up what compiles the host compiler, in whose `folder` it is run.

        None where the build machine's own C compiler does.
        """
        if not (self.build_tools or self.host_tools):
            return None
        actions = [*self._zig_actions()]
        if self.host_tools:
            texts = wrapper_texts(self._catalogued, self.host_triplet, self.zig, self._libc(self.host_triplet))
            actions += [*self._compile_libc(self.host_triplet, f"{folder}/scripts")]
            actions += _scripts(self.host_tools, texts)
        return Draft(
            "host-toolchain",
            "Set up the host's C toolchain",
            "What compiles the host compiler. The first time, zig compiles a C library for it: a minute.",
            tuple(actions),
            (f"{self.zig}/zig",),
            seconds=55,
        )

    def _zig_actions(self) -> Iterable[a.AnyAction]:
        """zig itself, and its scripts for the build machine where that has no C compiler."""
        if self._zig is None:
            return
        yield a.PlaceToolchain(self._zig.folder, self.zig)
        yield a.WriteFile(f"{self.zig_cache}/README", "zig's cache: safe to delete.\n", "zig's cache")
        if self.build_tools:  # zig under the plain names serves as one
            here = self._resolved.catalogue.machines[self._resolved.build_machine.machine]
            texts = build_tool_texts(self._catalogued, here.arch, self.zig, self.zig_cache)
            yield from _scripts(self.build_tools, texts)

    def _target_libc(self, scripts: str) -> tuple[a.AnyAction, ...]:
        provided = self._resolved.toolchain.provider == "zig"
        return self._compile_libc(self._triplet, scripts) if provided else ()

    def _compile_libc(self, triplet: str, scripts: str) -> tuple[a.AnyAction, ...]:
        """Have zig compile the C library of a triplet, where that was not done yet."""
        arguments = (self.zig, self._libc(triplet), self.zig_cache, *libc_options(self._catalogued, triplet))
        why = f"the C library for {triplet}, once for all switches"
        return run_script(scripts, f"libc-{triplet}.sh", LIBC_SCRIPT, arguments, cwd=scripts, why=why)


def _scripts(folder: str, texts: dict[str, tuple[str, str]]) -> tuple[a.WriteFile, ...]:
    """The actions that write scripts (name -> text, purpose) into a folder."""
    return tuple(a.WriteFile(f"{folder}/{name}", text, purpose, 0o755) for name, (text, purpose) in texts.items())
