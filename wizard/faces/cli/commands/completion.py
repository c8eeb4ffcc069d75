"""The command that switches a shell's completion on: completion."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")
PROGRAMS = ("ocaml-cross-wizard", "ocw")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """The script that lets a shell complete commands, options, presets, targets, releases, codes and builds.

    It is for both names of the program. A line in the shell's start-up file switches it on for good:

    \b
      ~/.bashrc                   eval "$(ocaml-cross-wizard completion bash)"
      ~/.zshrc (after compinit)   eval "$(ocaml-cross-wizard completion zsh)"
      ~/.config/fish/config.fish  ocaml-cross-wizard completion fish | source

    bash must be 4.4 or later.

    \b
    Examples:
      eval "$(ocaml-cross-wizard completion bash)"
      ocaml-cross-wizard completion fish | source
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    for program in PROGRAMS:
        variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
        click.echo(kind(root, {}, program, variable).source())


COMMAND = completion
