"""An installed gcc as a C toolchain: a distribution's cross-compilers, for glibc and for Windows (mingw-w64)."""

from __future__ import annotations

import shlex

from wizard.base.folders import Folders
from wizard.catalogue.model import Toolchain
from wizard.machine.survey import BuildMachine
from wizard.steps.script import Line, Lines
from wizard.toolchains.api import Compiler, Provider, Request, Setup
from wizard.toolchains.options import explained
from wizard.toolchains.wrapper import OWN_GCC, OWN_TOOL, SYSROOT, Script, assembles, framed, written

_FOUND_BY_GCC = (
    "gcc looks here for headers that it does not have itself: those that you put into the switch's sysroot."
)

_LIBRARIES: Lines = (
    Line(
        '[ "$link" != yes ] || set -- "$@" -L"$sysroot/lib"',
        "For a program: libraries that you put into the switch's sysroot are found.",
    ),
    Line("C_INCLUDE_PATH=$sysroot/include", _FOUND_BY_GCC),
    Line("CPLUS_INCLUDE_PATH=$sysroot/include", _FOUND_BY_GCC),
    Line(
        "export C_INCLUDE_PATH CPLUS_INCLUDE_PATH",
        "gcc reads them from its environment, so that no option changes the order of its own folders.",
    ),
)

_BINUTILS = {
    "as": "assembles what ocamlopt writes",
    "ld": "links objects, partially with -r",
    "ar": "makes archives (.a)",
    "ranlib": "writes an archive's index",
    "strip": "takes the symbols out",
}

_MORE_BINUTILS = {"windres": "compiles resources of Windows programs"}


def wrapper_scripts(toolchain: Toolchain, triplet: str, compiler: str) -> tuple[Script, ...]:
    """The wrapper scripts for a triplet.

    compiler is the absolute path of the gcc; its binutils are beside it under the same name.
    """
    binutils = f"{compiler[: compiler.rindex('/')]}/{toolchain.targets[triplet]}"
    special = toolchain.assembler.get(triplet, ())
    body = (
        *SYSROOT,
        *assembles(toolchain, triplet),
        *_LIBRARIES,
        Line(f'exec {shlex.quote(compiler)} "$@"', OWN_GCC),
    )
    bodies: dict[str, tuple[str, Lines]] = {
        "gcc": ("compiles and links C for the target", body),
        "cc": ("the same compiler under its other usual name", body),
    }
    more_tools = {tool: _MORE_BINUTILS[tool] for tool in toolchain.tools.get(triplet, ())}
    for tool, purpose in (_BINUTILS | more_tools).items():
        own = special if tool == "as" else ()
        words = "".join(f"{shlex.quote(option)} " for option in own)
        call = f'exec {shlex.quote(f"{binutils}-{tool}")} {words}"$@"'
        bodies[tool] = (purpose, (Line(call, OWN_TOOL, explained(own)),))
    return tuple(
        framed(f"{triplet}-{tool}", purpose, toolchain.title, lines) for tool, (purpose, lines) in bodies.items()
    )


class Gcc(Provider):
    """The provider `gcc`."""

    def set_up(self, request: Request) -> Setup:
        """Scripts alone: the compiler is called where it is installed."""
        resolved = request.resolved
        scripts = wrapper_scripts(resolved.toolchain, request.triplet, resolved.compiler)
        folder = f"{request.staging}/wrappers"
        return Setup(wrappers=written(scripts, folder), build_wrappers=folder)

    def probed(self, toolchain: Toolchain) -> dict[str, str]:
        """Each compiler that the catalogue names, with the triplet it is for."""
        return {name: triplet for triplet, name in toolchain.targets.items()}

    def compiler(
        self, toolchain: Toolchain, triplet: str, machine: BuildMachine, folders: Folders
    ) -> Compiler | None:
        """The installed gcc itself, which says what it links with."""
        del folders
        found = machine.compilers.get(toolchain.targets.get(triplet, ""))
        return Compiler((found,), found) if found else None


PROVIDER: Provider = Gcc()
