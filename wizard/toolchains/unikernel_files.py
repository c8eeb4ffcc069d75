"""What a switch for unikernels holds beside OCaml: start-up code, a manifest, and what pkg-config says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wizard.check.resolved import ResolvedSelection
from wizard.steps.actions import WriteFile

TOOLS = Path("solo5") / "bin"
"""Solo5's elftool and tenders, below the prefix."""
PARTS = Path("share") / "ocaml-cross" / "unikernel"
"""The parts of every unikernel's project, below the prefix."""
STARTUP, MANIFEST = "startup.c", "manifest.json"

_STARTUP = """\
/* Start-up code of an OCaml unikernel: Solo5 calls it. It gives nolibc the memory, and starts OCaml. */
#define CAML_NAME_SPACE /* else OCaml 4 takes heap_start for a name of its own */
#include <solo5.h>
#include <caml/callback.h>

void _nolibc_init(uintptr_t start, size_t size);

int solo5_app_main(const struct solo5_start_info *info)
{
  static char *arguments[] = { "unikernel", NULL };
  _nolibc_init(info->heap_start, info->heap_size);
  caml_startup(arguments);
  return SOLO5_EXIT_SUCCESS;
}
"""

_MANIFEST = """\
{
  "type": "solo5.manifest",
  "version": 1,
  "devices": [ ]
}
"""

# What MirageOS 3 asked pkg-config for: flags for C stubs, and what a program is linked with.
_PKG_CONFIG = """\
prefix={prefix}
includedir=${{prefix}}/sysroot/include
libdir=${{prefix}}/sysroot/lib
ocamldir=${{prefix}}/lib/ocaml
solo5_bindings={bindings}
cc=${{prefix}}/wrappers/{triplet}-gcc

Name: {name}
Description: nolibc and OpenLibm of the cross switch {triplet}
Version: {version}
Cflags: -I${{includedir}} -include _solo5/overrides.h -D__BSD_VISIBLE=0 -D__XSI_VISIBLE=0
Libs: -L${{libdir}} -L${{ocamldir}} -lasmrun -lnolibc -lopenlibm
"""

# What libraries of MirageOS ask findlib for, to tell a unikernel from a program of an ordinary system.
_PACKAGES = {
    "is_solo5": "present where programs are unikernels of Solo5",
    "nolibc": "the C library that every program of this switch is linked with",
    "threads": "empty: a unikernel has no threads, and who only names them may still be compiled",
}


def unikernel_files(resolved: ResolvedSelection, staging: str, prefix: str, triplet: str) -> Iterator[WriteFile]:
    """The files, written into `staging` as they will stand below `prefix`."""
    yield WriteFile(f"{staging}/{PARTS}/{STARTUP}", _STARTUP, "start-up code of a unikernel")
    yield WriteFile(f"{staging}/{PARTS}/{MANIFEST}", _MANIFEST, "a unikernel's manifest: it has no devices")
    version = next((component.version for component in resolved.components if component.name == "ocaml-solo5"), "")
    for name in ("ocaml-solo5", "ocaml-freestanding"):
        text = _PKG_CONFIG.format(
            prefix=prefix,
            triplet=triplet,
            bindings=" ".join(resolved.libc.bindings[resolved.target.id]),
            name=name,
            version=version if version[:1].isdigit() else "0",
        )
        yield WriteFile(f"{staging}/lib/pkgconfig/{name}.pc", text, "what pkg-config says of the C library")
    for name, description in _PACKAGES.items():
        text = f'description = "{description}"\nversion = "{resolved.release.id}"\n'
        yield WriteFile(f"{staging}/lib/{name}/META", text, f"the findlib package {name}")
