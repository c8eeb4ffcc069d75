"""What `ocamlc -config` and `ocamlopt -config` say, and where that contradicts itself.

Which variables there are: OCaml utils/config.common.ml.in (until 4.14 utils/config.mlp); what
they can be: OCaml configure.ac.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from wizard.binaries.platforms import platforms
from wizard.catalogue.model import Catalogue
from wizard.check.constants import expected_config
from wizard.check.findings import Finding, Fix, finding, way
from wizard.machine.survey import parse_config
from wizard.prove.expectation import Expectation

NEEDED = ("version", "architecture", "int_size", "word_size", "system", "os_type")
"""What every release from 4.14 on prints and no compiler works without."""

SHOWN = (
    "architecture", "model", "word_size", "int_size", "system", "os_type", "host", "target", "c_compiler",
    "native_c_compiler", "asm", "native_compiler", "flambda", "naked_pointers", "with_frame_pointers",
    "supports_shared_libraries", "native_dynlink", "standard_library",
)  # fmt: skip

_TOOLS = ("c_compiler", "native_c_compiler", "bytecomp_c_compiler", "native_pack_linker", "ranlib", "asm")
_NATIVE_COMPILER = re.compile(r"(gcc|cc|clang)(-[\d.]+)?")
_COMMAND = re.compile(r"(?P<triplet>.+)-(gcc|cc|clang|ld|as|ar|ranlib|g\+\+|c\+\+|flexlink)(-[\d.]+)?(\.exe)?")
_MACHINE_FREE = ("architecture", "word_size", "int_size", "os_type")


def is_config(text: str) -> bool:
    """True where a text is, or was once, what `-config` prints."""
    found = parse_config(text)
    return sum(name in found for name in (*NEEDED, *SHOWN)) >= 3


def config_machines(config: dict[str, str], known: Catalogue) -> tuple[str, ...]:
    """The machines that a configuration can be for, the likeliest first."""
    pair = known.pair_spelled(config.get("target", ""))
    if pair and _is_for(config, known, pair[0]):
        return (pair[0],)
    cpu, system = config.get("target", "").partition("-")[0], platforms().system_of(config.get("target", ""))
    found = [
        id_ for id_, machine in known.machines.items() if system == machine.os and _is_for(config, known, id_)
    ]
    return tuple(sorted(found, key=lambda id_: known.machines[id_].arch != cpu))


def _is_for(config: dict[str, str], known: Catalogue, id_: str) -> bool:
    machine = known.machines[id_]
    wanted = (machine.ocaml_arch, str(machine.word_size), machine.ostype)
    return wanted == tuple(config.get(name, "") for name in ("architecture", "word_size", "os_type"))


def config_findings(text: str, known: Catalogue, expected: Expectation | None = None) -> tuple[Finding, ...]:
    """Everything in the output of `-config` that contradicts itself, or what is expected."""
    config = parse_config(text)
    return (
        *_incomplete(config),
        *_twice(text),
        *_word_size(config, known),
        *_int_size(config),
        *_systems(config),
        *_architecture(config),
        *_tools(config),
        *_release(config, known),
        *(_unexpected(config, known, expected) if expected else ()),
    )


def _number(config: dict[str, str], name: str) -> int:
    """A variable that is a number; 0 where it is none."""
    word = config.get(name, "")
    return int(word) if re.fullmatch(r"\d{1,4}", word, re.ASCII) else 0


def _incomplete(config: dict[str, str]) -> Iterator[Finding]:
    lacking = [name for name in NEEDED if not config.get(name)]
    lacking += [name for name in ("int_size", "word_size") if config.get(name) and not _number(config, name)]
    if lacking:
        yield finding("config-incomplete", (), ("again",), names=", ".join(lacking))


def _twice(text: str) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for line in text.splitlines():
        for name, value in parse_config(line).items():
            if first.setdefault(name, value) != value:
                yield finding("config-twice", (), ("single",), name=name, one=first[name], other=value)
                return


def _word_size(config: dict[str, str], known: Catalogue) -> Iterator[Finding]:
    size, name = _number(config, "word_size"), config.get("architecture", "")
    architecture = platforms().architecture.get(name)
    if not size or architecture is None or size in architecture.word_sizes:
        return
    fixes = tuple(
        way("config-word-size", "build", title=machine.title, target=id_)
        for id_, machine in known.machines.items()
        if machine.ocaml_arch == name and config.get("os_type", machine.ostype) == machine.ostype
    )[:1]
    bits = " or ".join(map(str, architecture.word_sizes))
    yield finding("config-word-size", fixes, architecture=name, bits=bits, found=size)


def _int_size(config: dict[str, str]) -> Iterator[Finding]:
    size, integers = _number(config, "word_size"), _number(config, "int_size")
    if size and integers and integers != size - 1:
        yield finding("config-int-size", word_size=size, int_size=integers, wanted=size - 1)


def _systems(config: dict[str, str]) -> Iterator[Finding]:
    """os_type, system and target name one operating system."""
    known, word, target = platforms(), config.get("system", ""), config.get("target", "")
    of_word, of_target = known.systems_called(word), known.system_of(target)
    if of_word and of_target and of_target not in of_word:
        yield finding("config-system", system=word, target=target)
    for name, systems in (("system", of_word), ("target", (of_target,) if of_target else ())):
        types = {known.system[system].ostype for system in systems}
        if types and config.get("os_type") and config["os_type"] not in types:
            yield finding(
                "config-os-type", os_type=config["os_type"], name=name, value=config[name], wanted=types.pop()
            )
            return


def _architecture(config: dict[str, str]) -> Iterator[Finding]:
    name, target = config.get("architecture", ""), config.get("target", "")
    of_target = platforms().architecture_of(target)
    if not of_target or name not in platforms().architecture or name == of_target:
        return
    if (name, of_target, config.get("model")) == ("arm", "arm64", "armv8"):
        return  # configure.ac: a 32-bit system on a 64-bit ARM
    yield finding("config-target", _configured_for(config), architecture=name, target=target)


def _configured_for(config: dict[str, str]) -> tuple[Fix, ...]:
    """How a compiler for its target is configured."""
    triplet = config.get("target") or "TRIPLET"
    return (way("config-target", "configure", triplet=triplet),)


def _tools(config: dict[str, str]) -> Iterator[Finding]:
    """The C compiler, assembler and linker make code for `architecture`, each program reported once."""
    name = config.get("architecture", "")
    if name not in platforms().architecture:
        return
    cross = platforms().architecture_of(config.get("host", "")) not in ("", name)
    reported: set[str] = set()
    fixes = _configured_for(config)
    for variable in _TOOLS:
        command = config.get(variable, "").split()
        if not command or command[0] in reported:
            continue
        made = _architecture_of_command(command)
        if made and made != name:
            reported.add(command[0])
            yield finding(
                "config-tool", fixes, variable=variable, command=command[0], made=made, architecture=name
            )
        elif cross and not made and re.fullmatch(_NATIVE_COMPILER, posixpath.basename(command[0])):
            reported.add(command[0])
            words = {"variable": variable, "command": command[0], "host": config["host"], "architecture": name}
            yield finding("config-tool-plain", fixes, **words)


def _architecture_of_command(words: list[str]) -> str:
    """OCaml's word for what a command says it makes code for, "" where it does not say.

    By --target (clang, zig), -arch (Apple) or the triplet in front of its name; -m32 and -m64
    choose between the two of Intel.
    """
    command = _COMMAND.fullmatch(posixpath.basename(words[0]))
    triplet = command["triplet"] if command else ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--target="):
            triplet = word.removeprefix("--target=")
        elif word in ("-target", "-arch"):
            triplet = following
    made = platforms().architecture_of(triplet)
    if made in ("amd64", "i386"):
        return "i386" if "-m32" in words else "amd64" if "-m64" in words else made
    return made


def _release(config: dict[str, str], known: Catalogue) -> Iterator[Finding]:
    """What the release can be: OCaml 5 has no naked pointers, and fewer native back ends."""
    version = re.match(r"(\d{1,3})\.\d+(\.\d+)?", config.get("version", ""), re.ASCII)
    if not version:
        return
    five, name = int(version[1]) >= 5, config.get("architecture", "")
    if five and config.get("naked_pointers") == "true":
        yield finding("config-naked-pointers", version=config["version"])
    architecture, release = platforms().architecture.get(name), known.releases.get(version[0])
    if architecture is None or config.get("native_compiler") != "true":
        return
    lacks = name not in release.native if release else five and architecture.word_sizes == (32,)
    if lacks:
        yield finding("config-back-end", version=config["version"], architecture=name)


def _unexpected(config: dict[str, str], known: Catalogue, expected: Expectation) -> Iterator[Finding]:
    """Every variable that is not what a compiler for the expected target must answer."""
    wanted = expected_config(expected.machine, expected.release or next(iter(known.releases.values())))
    if expected.release is None:
        wanted = {name: wanted[name] for name in _MACHINE_FREE}
    for name, value in wanted.items():
        if name in config and config[name] != value:
            yield finding(
                "config-expected", name=name, found=config[name], target=expected.name, wanted=value or "none"
            )
    target = config.get("target", "")
    if expected.libc and target and known.pair_spelled(target) != (expected.machine.id, expected.libc):
        yield finding("config-expected", name="target", found=target, target=expected.name, wanted=expected.name)
