"""The C toolchains of one plan: the target's, by its provider, and what compiles for build machine and host."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.base.folders import Folders
from wizard.catalogue.presets import Lock
from wizard.check.resolved import ResolvedSelection
from wizard.steps import actions as a
from wizard.steps.drafts import Draft
from wizard.toolchains import zig
from wizard.toolchains.api import Request, Setup
from wizard.toolchains.registry import provider_of
from wizard.toolchains.wrapper import written

_SYSROOT_README = "Headers for the target go into include/, libraries into lib/: the wrappers look here.\n"


class CToolchain:
    """What a plan knows of C compilers: the target's, the build machine's and a foreign host's.

    zig: the folder of the zig that is kept, "" where none is needed. build_tools: the folder of
    zig's tools for the build machine, "" where that has a C compiler. host_tools: the folder of
    the wrappers for a host that is not the build machine. cc, host_cc: the C compilers for the
    programs that run during the build, and for the host compiler.
    """

    def __init__(self, resolved: ResolvedSelection, folders: Folders, triplet: str, lock: Lock | None) -> None:
        assert resolved.host is not None
        self._resolved, self._triplet, self._folders, self._lock = resolved, triplet, folders, lock
        self._provider = provider_of(resolved.toolchain)
        self._embedded = resolved.catalogue.embedded
        found = resolved.build_machine.zig if resolved.needs_zig else None
        self.zig = zig.kept_zig(folders, found.version) if found else ""
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
        return self._provider.version(self._resolved, self._triplet)

    def request(self, folder: str, staging: str, prefix: str) -> Request:
        """What the provider is asked for a build in `folder`, whose switch grows in `staging`."""
        return Request(self._resolved, self._triplet, self._folders, folder, staging, prefix, self._lock)

    def set_up(self, request: Request) -> Setup:
        """What the provider gives this plan."""
        return self._provider.set_up(request)

    def stages(self, request: Request, words: dict[str, str]) -> list[Draft]:
        """The provider's own stages, before its scripts are called."""
        return self._provider.stages(request, words)

    def stage(self, setup: Setup, request: Request) -> Draft:
        """The stage that sets all of it up in the switch that grows in the request's staging folder."""
        sysroot, built_by = f"{request.staging}/sysroot", setup.build_wrappers
        return Draft(
            "toolchain",
            "Set up the C toolchain",
            "Writes the wrapper scripts and asks the compiler what it really makes."
            + (" The first time, zig compiles the C library for this target: a minute." if self.zig else ""),
            (
                *self._zig_actions(),
                *setup.before,
                *setup.wrappers,
                *setup.after,
                a.WriteFile(f"{sysroot}/README", _SYSROOT_README, "your own C libraries for the target"),
                a.WriteFile(f"{sysroot}/include/README", _SYSROOT_README, "headers for the target"),
                a.WriteFile(f"{sysroot}/lib/README", _SYSROOT_README, "libraries for the target"),
                a.CheckCompiler(
                    compiler=f"{built_by}/{self._triplet}-gcc",
                    triplet=self._triplet,
                    answer=self._provider.answer(self._resolved.toolchain, self._triplet),
                    target=self._resolved.target.id,
                    static=self._resolved.libc.static,
                    scratch=f"{request.folder}/scratch",
                    assembler=f"{built_by}/{self._triplet}-as",
                ),
            ),
            (
                f"{request.staging}/wrappers/{self._triplet}-gcc",
                *([f"{self.zig}/zig"] if self.zig else []),
                *setup.outputs,
            ),
            seconds=55 if self.zig else 3,
            lines=3,
        )

    def host_stage(self, folder: str) -> Draft | None:
        """The stage that sets up what compiles the host compiler, in whose `folder` it is run.

        None where the build machine's own C compiler does.
        """
        if not (self.build_tools or self.host_tools):
            return None
        actions = [*self._zig_actions()]
        if self.host_tools:
            triplet, libc = self.host_triplet, zig.kept_libc(self.zig, self.host_triplet)
            actions += zig.compile_libc(self._embedded, triplet, self.zig, self.zig_cache, f"{folder}/scripts")
            actions += written(zig.wrapper_scripts(self._embedded, triplet, self.zig, libc), self.host_tools)
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
        if not self.zig:
            return
        yield from zig.place_zig(self._resolved.build_machine, self._folders)
        if self.build_tools:  # zig under the plain names serves as a C compiler
            here = self._resolved.catalogue.machines[self._resolved.build_machine.machine]
            yield from written(
                zig.build_tool_scripts(self._embedded, here.arch, self.zig, self.zig_cache), self.build_tools
            )
