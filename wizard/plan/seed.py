"""What targets share: the compiler's objects, built once with the host compiler, planted into each target's tree.

OCaml's compiler is the same program for every target but for its configuration and its back
end. Built with the host compiler lie all its modules, for the build machine and as bytecode;
kept of them is what no target changes, and make takes it in a target's tree as built already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.plan.model import PlannedPatch
from wizard.steps.actions import AnyAction, Run
from wizard.steps.scripts import run_script

FOLDERS = (
    "utils", "parsing", "typing", "bytecomp", "file_formats", "lambda", "middle_end", "asmcomp", "driver",
    "toplevel", "lex", "tools", "stdlib", "yacc",
)  # fmt: skip

KEEP = """\
set -e
# The back end: symbolic links to one architecture's files, and what was compiled of them.
for file in asmcomp/*.ml asmcomp/*.mli; do
  [ -L "$file" ] || continue
  case $file in
    *.mli) rm -f "${file%.mli}.cmi" "${file%.mli}.cmti" ;;
    *) rm -f "${file%.ml}.cmo" "${file%.ml}.cmx" "${file%.ml}.o" "${file%.ml}.cmt" ;;
  esac
done
rm -f asmcomp/emit.ml asmcomp/emit.cmo asmcomp/emit.cmx asmcomp/emit.o asmcomp/emit.cmt
rm -f asmcomp/x86_*.cm* asmcomp/x86_*.o
# The configuration, but for its interface, and whatever is the host machine's own.
mv utils/config.cmi utils/config.cmti .
rm -f utils/config.* utils/config_*
mv config.cmi config.cmti utils
rm -f stdlib/*.cmx stdlib/*.o stdlib/*.a stdlib/*.cmxa stdlib/sys.ml stdlib/META lex/*.opt
# What bytecode programs begin with names the interpreter of their own switch (camlheader: before 5.1).
rm -f stdlib/*runtime* stdlib/*camlheader*
rm -rf "$1.new"
mkdir "$1.new"
seed=$1.new
shift
find "$@" -type f -newer Makefile.config -print | tar -cf - -T - | tar -xf - -C "$seed"
"""

PLANT = """\
set -e
cp -R "$1/." .
# One time for all, later than anything here: make takes them as built.
touch .planted
tree=$PWD
cd "$1"
find . -type f -exec sh -c 'cd "$0" && touch -r .planted "$@"' "$tree" {} +
"""

_TOUCHED = re.compile(r"^\+\+\+ (?:b/)?(\S+)", re.MULTILINE)
_OWN_TO_A_TARGET = re.compile(
    r"asmcomp/[a-z0-9]+/|runtime/[^/]+\.[chS]$|runtime/caml/(late|domain)\.h$|yacc/[^/]+\.[ch]$|otherlibs/.*\.[ch]$"
)
_PRIMITIVE = re.compile(r"^[+-].*\bCAMLprim\b", re.MULTILINE)


def keep(tree: str, seed: str, scripts: str) -> tuple[AnyAction, ...]:
    """What keeps in the new folder `seed` what targets share of the host compiler's `tree`."""
    why = "the compiler's modules, as no target changes them"
    return (
        *run_script(scripts, "keep-seed.sh", KEEP, (seed, *FOLDERS), cwd=tree, why=why),
        Run(("rm", "-rf", seed), tree, "of an earlier try"),
        Run(("mv", f"{seed}.new", seed), tree, "whole or not at all"),
    )


def plant(seed: str, tree: str, scripts: str) -> tuple[AnyAction, ...]:
    """What puts `seed` into a target's `tree`."""
    why = "make takes these modules as built"
    return run_script(scripts, "plant-seed.sh", PLANT, (seed,), cwd=tree, why=why)


def may_share(patches: Iterable[PlannedPatch]) -> bool:
    """False where a patch may change what the seed was built from: anything but C code and a machine's back end.

    Of the runtime's headers, from some of which the compiler's own modules are made, one is known to be
    of C's concern alone. The compiler knows the runtime's primitives by name, so C code that adds or
    drops one counts too.
    """
    return all(
        not _PRIMITIVE.search(patch.text)
        and all(_OWN_TO_A_TARGET.match(path) for path in _TOUCHED.findall(patch.text))
        for patch in patches
    )
