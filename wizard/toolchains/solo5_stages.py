"""What a unikernel stands on: Solo5, OpenLibm, nolibc as stages, and the two sets of wrapper scripts over them."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.catalogue.model import Toolchain
from wizard.check.resolved import ResolvedSelection
from wizard.steps import actions as a
from wizard.steps.drafts import Draft
from wizard.steps.recipes import recipe_stages, recipes
from wizard.toolchains.solo5_wrappers import LibcPlace, solo5_wrapper_texts

SOLO5, LIBC = "solo5", "ocaml-solo5"
"""The components it is built from, by name."""

_PKG_CONFIG = """\
#!/bin/sh
# Stands in for pkg-config: Solo5's configure asks for libseccomp, which only its tenders need, and none is built.
case $* in
  *--cflags*) echo "-I{folder}" ;;
esac
"""
_SECCOMP_H = "/* Stands in for libseccomp's header: no tender is built, so nothing uses it. */\n"


class Solo5:
    """The part of a plan that builds what is below OCaml.

    folder: the build's. staging: where the switch grows.
    """

    def __init__(self, resolved: ResolvedSelection, triplet: str, folder: str, staging: str) -> None:
        self._resolved, self._triplet = resolved, triplet
        self._folder, self._staging = folder, staging
        self._stand_in = f"{folder}/stand-in"

    @property
    def words(self) -> dict[str, str]:
        """What the recipes call these things."""
        gcc = self._resolved.compiler
        return {
            "gcc": gcc,
            "binutils": gcc.removesuffix("-gcc"),
            "solo5-tool": f"{self._folder}/{SOLO5}/toolchain/bin/{_solo5_name(self._resolved)}",
            "pkg-config": "pkg-config" if self._resolved.builds_tender else f"{self._stand_in}/pkg-config",
        }

    @property
    def build_wrappers(self) -> str:
        """The folder of the wrapper scripts that OCaml is built with."""
        return f"{self._folder}/wrappers"

    def wrappers(self) -> tuple[a.WriteFile, ...]:
        """Both sets: over the build's folders, for building OCaml; over the switch's own, for good."""
        toolchain, libc = self._resolved.toolchain, f"{self._folder}/{LIBC}"
        for_build = LibcPlace(
            f"{self._folder}/{SOLO5}/toolchain",
            (f"{libc}/nolibc/include", f"{libc}/openlibm/include", f"{libc}/openlibm/src"),
            (f"{libc}/nolibc", f"{libc}/openlibm"),
        )
        for_good = LibcPlace("$switch/solo5", ("$switch/sysroot/include",), ("$switch/sysroot/lib",))
        return (
            *self._set(toolchain, for_build, self.build_wrappers, "in the build's folders"),
            *self._set(toolchain, for_good, f"{self._staging}/wrappers", "in the switch"),
        )

    def _set(self, toolchain: Toolchain, place: LibcPlace, folder: str, where: str) -> tuple[a.WriteFile, ...]:
        texts = solo5_wrapper_texts(
            toolchain, self._triplet, _solo5_name(self._resolved), self._resolved.compiler, place
        )
        return tuple(
            a.WriteFile(f"{folder}/{name}", text, f"{purpose}, {where}", 0o755)
            for name, (text, purpose) in texts.items()
        )

    def stages(self, words: Mapping[str, str], records: Mapping[str, str]) -> list[Draft]:
        """The stages, before the wrapper scripts are asked anything. records: of the components, by name."""
        tree = f"{self._folder}/{SOLO5}"
        version = next(
            component.sources[0].file for component in self._resolved.components if component.name == SOLO5
        )
        unpack = Draft(
            "solo5-source",
            "Unpack Solo5 and nolibc",
            "What stands in the place of an operating system and its C library.",
            (
                a.Run(("rm", "-rf", f"{self._staging}/solo5"), self._folder, "left from an earlier try"),
                *(a.UnpackSource(record, f"{self._folder}/{name}") for name, record in records.items()),
                # An archive of a release has the file; a folder of Git's has it made by Git.
                a.Run(("sh", "-c", _VERSION, "sh", version), tree, "Solo5's version, where no release says it"),
                *(() if self._resolved.builds_tender else self._without_seccomp()),
            ),
            tuple(f"{self._folder}/{name}" for name in records),
        )
        recipe = recipes()["solo5-tender" if self._resolved.builds_tender else "solo5"]
        return [unpack, *recipe_stages(recipe, words, (), tree)]

    def _without_seccomp(self) -> tuple[a.WriteFile, ...]:
        folder = self._stand_in
        return (
            a.WriteFile(
                f"{folder}/pkg-config",
                _PKG_CONFIG.format(folder=folder),
                "stands in for libseccomp, which only the tenders need",
                0o755,
            ),
            a.WriteFile(f"{folder}/seccomp.h", _SECCOMP_H, "stands in for libseccomp's header"),
        )


_VERSION = (
    "[ -e include/version.h.distrib ] || "
    r"""printf '#ifndef __VERSION_H__\n#define __VERSION_H__\n#define SOLO5_VERSION "%s"\n#endif\n' "$1" """
    ">include/version.h.distrib"
)


def _solo5_name(resolved: ResolvedSelection) -> str:
    """Solo5's own name for its C toolchain (its configure.sh, CONFIG_TARGET_TRIPLE)."""
    return f"{resolved.target.arch}-solo5-none-static"
