"""What the wrapper scripts of several providers share: their frame, common lines, and why each is there."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import msgspec

from wizard.catalogue.model import Toolchain
from wizard.steps.actions import WriteFile
from wizard.steps.script import Line, Lines, filled, script_text
from wizard.toolchains.options import explained

A_FILE = "A file: a program is to be linked, unless another word says no."
CHOICE = "Part of the choice around it: what is done depends on what the command line asks for."
COMMENT = "A comment: what the lines below it do, and why."
EACH_WORD = "Looks at each word of the command line, as OCaml's build or ocamlopt gave it."
EMPTY = "Empty at first; the loop below fills it in from the command line."
FAILS = "A failure, so that the build stops here."
FOUND_BESIDE = (
    "Found beside the script itself (`${0%/*}` is its folder), so that a switch that is moved still works."
)
KEEPS_Z = "Keeps -z back until its value is known."
LAST_Z = "A -z at the very end has no value: it is handed on as it is."
LIBRARY_FOLDERS = (
    "Where libraries are looked for: your own in the sysroot, then the empty ones that stand "
    "for parts of Cosmopolitan (-lm, -lpthread)."
)
LOOP_END = "The end of the loop over the command line."
NOT_LINKED = "With one of these nothing is linked: it is only compiled, or the compiler is asked something."
ONE_WORD = "The same in one word."
OTHER_OPTION = "Any other option: it says nothing about what is asked for."
OTHER_Z = "Another value of -z is handed on as it is."
OUTPUT = "Remembers the name of the output, where one is given by -o."
PARTIAL = "This joins objects to one object (ocamlopt -pack does so): no C library belongs into that."
PARTIAL_BY_GCC = "Objects joined to one object, by gcc itself and without any library."
PUTS_BACK = "Puts the word back behind the others."
QUESTION = "Nothing but a question, such as -dumpmachine: gcc itself answers."
REFUSED = "What cannot be made is refused at once, instead of giving a program that does not start."
SAYS_WHY = "Says who refuses what, and why."
TAKES_WORD = "Takes the word away from the front; below it is put back at the end, so that all keep their order."
VALUE_OF_Z = "The word before was -z: this one is its value."
VALUE_READ = "The value of -z is read: the next word is an ordinary one."
WHICH_WORD = "Which kind of word is it?"

OWN_TOOL = (
    "The target's own tool by its absolute path: the build machine's of the same name is never used by mistake."
)
OWN_GCC = "The target's gcc by its absolute path: the build machine's is never used by mistake."

SYSROOT: Lines = (
    Line(
        "# Headers and libraries for the target that you install yourself go into the switch's sysroot.", COMMENT
    ),
    Line("sysroot=${0%/*}/../sysroot", FOUND_BESIDE),
    Line("link=''", EMPTY),
    Line("for word do", EACH_WORD),
    Line("  case $word in", WHICH_WORD),
    Line("    -c | -S | -E | -M | -MM | -fsyntax-only | -dumpmachine | --version) link=no ;;", NOT_LINKED),
    Line(
        '    -r) [ "$link" = no ] || link=partial ;;',
        "-r joins objects to one object (ocamlopt -pack does so): no C library belongs into that.",
    ),
    Line("    -?*) ;;", OTHER_OPTION),
    Line("    *) link=${link:-yes} ;;", A_FILE),
    Line("  esac", CHOICE),
    Line("done", LOOP_END),
)

_ASSEMBLES: Lines = (
    Line("# OCaml's code counts on what the assembler leaves as it is written: {options}.", COMMENT),
    Line("for word do", EACH_WORD),
    Line(
        "  case ${{link:-no}}$word in",
        "Asks two things at once: is something only compiled, and is this word an assembler file?",
    ),
    Line(
        '    no*.s | no*.S | noassembler*) set -- {options} "$@"; break ;;',
        "For assembler files these options come first. Jumps must keep their size: OCaml's jump tables "
        "count on it, and a compressed jump makes programs that crash.",
    ),
    Line("  esac", CHOICE),
    Line("done", LOOP_END),
)


class Script(msgspec.Struct, frozen=True):
    """A wrapper script: its name, what it is for, and its lines."""

    name: str
    purpose: str
    lines: Lines

    @property
    def text(self) -> str:
        """The whole script."""
        return script_text(self.lines)

    def written(self, folder: str, more: str = "") -> WriteFile:
        """The action that writes it into a folder, executable; `more` ends its purpose."""
        return WriteFile(f"{folder}/{self.name}", self.text, self.purpose + more, 0o755, self.lines)


def framed(name: str, purpose: str, by: str, body: Lines) -> Script:
    """A POSIX sh script with its first lines: what it is, and whose C toolchain is behind it (`by`, may be "")."""
    head = (
        Line("#!/bin/sh", "A script for any POSIX shell: dash, bash and busybox run it alike."),
        Line(
            f"# {name}: {purpose}{f', by {by}' if by else ''}.",
            "Its name, what it does, and whose C toolchain is behind it.",
        ),
    )
    return Script(name, purpose, (*head, *body))


def written(scripts: Mapping[str, Script] | tuple[Script, ...], folder: str) -> tuple[WriteFile, ...]:
    """The actions that write scripts into a folder."""
    every = scripts.values() if isinstance(scripts, Mapping) else scripts
    return tuple(script.written(folder) for script in every)


def assembles(toolchain: Toolchain, triplet: str) -> Lines:
    """The lines of a compiler's wrapper that give the assembler its options, where the triplet has some."""
    special = toolchain.assembler.get(triplet, ())
    if not special:
        return ()
    lines = filled(_ASSEMBLES, options=shlex.join(special))
    return tuple(
        msgspec.structs.replace(line, options=explained(special)) if "set --" in line.text else line
        for line in lines
    )
