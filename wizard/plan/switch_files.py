"""The files a switch holds beside OCaml's own: launchers, a file to source, findlib and dune configuration."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Iterator
from pathlib import Path

from wizard.catalogue.model import Release
from wizard.steps.actions import WriteFile

# Programs of OCaml's bin/ that run on the host; each gets a launcher in the switch's bin/.
PROGRAMS = (
    "ocamlc", "ocamlopt", "ocamldep", "ocamllex", "ocamlyacc", "ocamlobjinfo",
    "ocamlmklib", "ocamlmktop", "ocamlcp", "ocamloptp", "ocamlprof", "ocamlcmt",
)  # fmt: skip

_LAUNCHER = """\
#!/bin/sh
# {program} of the cross switch {triplet}: runs on this machine, makes code for the target.
# It finds the target's C toolchain by itself, so nothing has to be on PATH.
built_for={prefix}
prefix=$(CDPATH='' cd -- "${{0%/*}}/.." && pwd -P) || exit 1
# Called through a link from elsewhere: the switch is where it was built for.
[ -x "$prefix/libexec/ocamlopt.opt" ] || prefix=$built_for
# The compiler knows its library by the path it was built for; a moved switch has to say it.
if [ "$prefix" != "$built_for" ]; then
  OCAMLLIB=$prefix/lib/ocaml
  export OCAMLLIB
fi
PATH=$prefix/wrappers:$PATH
export PATH
{extra}exec "$prefix/libexec/{program}" "$@"
"""

# ocamlmklib calls the compilers by the path it was built for, without quotes.
_MKLIB = """\
PATH=$prefix/bin:$PATH
set -- -ocamlc ocamlc -ocamlopt ocamlopt "$@"
"""

# ocamlopt calls it by its bare name. Its objects are not beside it, where it would look for them.
_FLEXLINK = """\
#!/bin/sh
# flexlink of the cross switch {triplet}: links programs for Windows.
prefix=$(CDPATH='' cd -- "${{0%/*}}/.." && pwd -P) || exit 1
FLEXDIR=$prefix/lib/ocaml/flexdll
PATH=$prefix/wrappers:$PATH
export FLEXDIR PATH
exec "$prefix/libexec/flexlink.opt" -L "$prefix/sysroot/lib" "$@"
"""

_ENV = """\
# Source this file to use the cross switch {triplet}:
#   . {path}
# Then `ocamlopt` makes programs for the target, and the C toolchain answers to {triplet}-gcc.
OCAML_CROSS_SWITCH={prefix}
PATH=$OCAML_CROSS_SWITCH/bin:$OCAML_CROSS_SWITCH/wrappers:{tools}$PATH
OCAMLFIND_CONF=$OCAML_CROSS_SWITCH/etc/findlib.conf
export OCAML_CROSS_SWITCH PATH OCAMLFIND_CONF
"""

_FINDLIB = """\
# findlib toolchain of the cross switch: `ocamlfind -toolchain {toolchain} ocamlopt ...`
# Copy this file into your findlib.conf.d, or source env.sh of the switch.
path({toolchain}) = "{prefix}/lib/ocaml:{prefix}/lib"
destdir({toolchain}) = "{prefix}/lib"
stdlib({toolchain}) = "{prefix}/lib/ocaml"
ldconf({toolchain}) = "ignore"
{commands}"""

_DUNE = """\
(lang dune 2.0)
; Put this into your project's dune-workspace, or name it with `dune build --workspace`.
; `dune build -x {toolchain}` does the same where findlib knows the toolchain (see etc/findlib.conf).
; C stubs are compiled by a program that dune looks for where the host's programs are: hence the paths of both.
(context
 (default
  (paths
   (PATH (:standard "{prefix}/wrappers"{tools})))))
(context
 (default
  (name {toolchain})
  (host default){alone}
  (paths
   (PATH ("{prefix}/bin" "{prefix}/wrappers"{tools} :standard)))))
"""

# No program for this target loads a library, so dune makes none.
_DUNE_ALONE = """
  (disable_dynamically_linked_foreign_archives true)"""


def switch_files(
    staging: str,
    prefix: str,
    triplet: str,
    release: Release,
    *,
    flexlink: bool = False,
    findlib: str = "",
    tools: str = "",
) -> tuple[WriteFile, ...]:
    """Every file of a switch of any kind that the wizard writes itself, as it will stand below `prefix`.

    `staging` is the folder in which they are written; it becomes `prefix` in the end.
    flexlink: it links the target's programs. findlib: the name of the switch to findlib and dune,
    where it is not made of the triplet. tools: a folder below the prefix with further programs that
    a project calls; such a target has programs that stand alone.
    """
    toolchain = findlib or toolchain_name(triplet)
    files = [
        WriteFile(
            f"{staging}/bin/{program}",
            _launcher(program, triplet, prefix),
            f"starts {program} with the target's C toolchain",
            0o755,
        )
        for program in PROGRAMS
    ]
    env = f"{prefix}/env.sh"
    commands = "".join(
        f'{program}({toolchain}) = "{_findlib_quoted(prefix)}/bin/{program}"\n'
        for program in ("ocamlc", "ocamlopt", "ocamlcp", "ocamloptp", "ocamldep", "ocamlmklib", "ocamlmktop")
    )
    configuration = _FINDLIB.format(toolchain=toolchain, prefix=_findlib_quoted(prefix), commands=commands)
    files += [
        WriteFile(
            f"{staging}/env.sh",
            _ENV.format(
                triplet=triplet,
                path=shlex.quote(env),
                prefix=shlex.quote(prefix),
                tools=f"$OCAML_CROSS_SWITCH/{tools}:" if tools else "",
            ),
            "a file to source: puts the switch on PATH",
        ),
        WriteFile(f"{staging}/etc/findlib.conf", configuration, "findlib configuration, for OCAMLFIND_CONF"),
        WriteFile(
            f"{staging}/etc/findlib.conf.d/{toolchain}.conf",
            configuration,
            "the same, to copy into findlib.conf.d",
        ),
        WriteFile(
            f"{staging}/etc/dune-workspace",
            _DUNE.format(
                toolchain=toolchain,
                prefix=_findlib_quoted(prefix),
                alone=_DUNE_ALONE if tools else "",
                tools=f' "{_findlib_quoted(prefix)}/{tools}"' if tools else "",
            ),
            "a dune context for the target",
        ),
    ]
    if flexlink:
        text = _FLEXLINK.format(triplet=triplet)
        files.append(WriteFile(f"{staging}/wrappers/flexlink", text, "links programs for Windows", 0o755))
    return (*files, *_meta_files(staging, release))


def _meta_files(staging: str, release: Release) -> Iterator[WriteFile]:
    """OCaml 5 installs findlib's META files for its libraries; for OCaml 4 they are ours."""
    if release.version >= (5,):
        return
    for library, text in _metas().items():
        whole = text.replace("{release}", release.id)
        yield WriteFile(f"{staging}/lib/{library}/META", whole, f"what findlib has to know of {library}")


@functools.cache
def _metas() -> dict[str, str]:
    """Our META files of OCaml 4's libraries, by library."""
    files = sorted((Path(__file__).parent / "meta").glob("*.META"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def toolchain_name(triplet: str) -> str:
    """The name by which findlib and dune know the switch: findlib's configuration allows no hyphen in it."""
    return triplet.replace("-", "_")


def _launcher(program: str, triplet: str, prefix: str) -> str:
    extra = _MKLIB if program == "ocamlmklib" else ""
    return _LAUNCHER.format(program=program, triplet=triplet, prefix=shlex.quote(prefix), extra=extra)


def _findlib_quoted(text: str) -> str:
    """`text` inside the double quotes of findlib.conf and of dune's s-expressions."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
