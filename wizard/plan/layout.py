"""Gives what OCaml installs a switch's layout: what runs here apart from what runs on the target."""

from __future__ import annotations

from wizard.plan.actions import Run, WriteFile
from wizard.plan.scripts import run_script

# Each step is left out where an earlier try has done it: the stage may be stopped anywhere and run again.
_LAYOUT = """\
set -e
cd "$1"
suffix=$2
# What runs on the target.
mkdir -p target/bin
[ ! -e "bin/ocamlrun$suffix" ] || mv "bin/ocamlrun$suffix" target/bin/
# Bytecode that would need the build's own interpreter.
rm -f "bin/ocaml$suffix" "lib/ocaml/expunge$suffix"
# Programs that run here have no suffix.
for file in bin/*"$suffix"; do
  [ -n "$suffix" ] || break
  if [ -L "$file" ]; then
    program=$(readlink "$file")
    ln -sf "${program%"$suffix"}" "${file%"$suffix"}"
    rm "$file"
  elif [ -e "$file" ]; then
    mv "$file" "${file%"$suffix"}"
  fi
done
# The programs behind the launchers.
[ ! -d bin ] || { rm -rf libexec && mv bin libexec; }
"""


def layout(staging: str, folder: str, suffix: str) -> tuple[WriteFile | Run, ...]:
    """The actions, in a build's `folder`. suffix: what programs end in, the target's and those that run here."""
    why = "what runs here apart from what runs on the target"
    return run_script(f"{folder}/scripts", "layout.sh", _LAYOUT, (staging, suffix), cwd=folder, why=why)
