"""Commands that give what OCaml installs a switch's layout: what runs here apart from what runs on the target."""

from __future__ import annotations

from wizard.plan.actions import Run

_WITHOUT_SUFFIX = """\
cd "$1" || exit 1
for file in *.exe; do
  if [ -L "$file" ]; then
    program=$(readlink "$file") && ln -s "${program%.exe}" "${file%.exe}" && rm "$file"
  else
    mv "$file" "${file%.exe}"
  fi || exit 1
done
"""


def layout(staging: str, folder: str, suffix: str) -> tuple[Run, ...]:
    """The commands, run in `folder`. suffix: what the target's programs end in, and those that run here, too."""
    commands = [
        Run(("mkdir", "-p", f"{staging}/target/bin"), folder, "for programs that run on the target"),
        Run(("mv", f"{staging}/bin/ocamlrun{suffix}", f"{staging}/target/bin/"), folder, "it runs on the target"),
        Run(
            ("rm", "-f", f"{staging}/bin/ocaml{suffix}", f"{staging}/lib/ocaml/expunge{suffix}"),
            folder,
            "bytecode that would need the build's own interpreter",
        ),
    ]
    if suffix:
        rename = ("sh", "-c", _WITHOUT_SUFFIX, "sh", f"{staging}/bin")
        commands.append(Run(rename, folder, "programs that run here have no suffix"))
    move = ("mv", f"{staging}/bin", f"{staging}/libexec")
    return (*commands, Run(move, folder, "the programs behind the launchers"))
