"""Gives what OCaml installs a switch's layout: what runs here apart from what runs on the target."""

from __future__ import annotations

from wizard.steps.actions import Run, WriteFile
from wizard.steps.scripts import run_script

# Each step looks whether it is done already: a build that was killed in the middle runs them all again.
_LAYOUT = """\
cd "$1" || exit 1
# libexec appears last, as a whole: where it is there, bin holds the launchers.
[ ! -d libexec ] || exit 0
# The interpreter runs on the target.
mkdir -p target/bin || exit 1
[ ! -e "bin/ocamlrun$2" ] || mv "bin/ocamlrun$2" target/bin/ || exit 1
[ -e "target/bin/ocamlrun$2" ] || exit 1
# Bytecode that would need the build's own interpreter.
rm -f "bin/ocaml$2" "lib/ocaml/expunge$2" || exit 1
# Programs that run here have no suffix.
for file in bin/*"$2"; do
  plain=${file%"$2"}
  if [ "$file" = "$plain" ] || { [ ! -e "$file" ] && [ ! -L "$file" ]; }; then
    continue
  elif [ -L "$file" ]; then
    program=$(readlink "$file") && ln -sf "${program%"$2"}" "$plain" && rm "$file"
  else
    mv "$file" "$plain"
  fi || exit 1
done
# The programs behind the launchers.
mv bin libexec
"""


def layout(staging: str, folder: str, suffix: str) -> tuple[WriteFile | Run, ...]:
    """The actions, in a build's `folder`. suffix: what programs end in, the target's and those that run here."""
    why = "programs that run here go to libexec, the target's to target/bin"
    return run_script(f"{folder}/scripts", "layout.sh", _LAYOUT, (staging, suffix), cwd=folder, why=why)
