"""What both toolchains of Cosmopolitan share: its files (cosmopolitan.toml) and the start-up object."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.steps import actions as a

FOLDER = "cosmopolitan"
"""The folder of a switch that holds the amalgamation and what is laid over it."""


STARTUP = "caml-startup"
"""The name of the start-up object, and the word after -z that asks for it."""


class Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Constants that the library has and its header does not name: their C type and names."""

    type: str
    names: tuple[str, ...]


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """OCaml's tables that are filled in when a program starts."""

    tables: tuple[str, ...]


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What cosmopolitan.toml says of the amalgamation's files, and what is laid over them."""

    header: str
    objects: tuple[str, ...]
    script: str
    library: str
    wanted: tuple[str, ...]
    empty_libraries: tuple[str, ...]
    headers: tuple[str, ...]
    more: dict[str, tuple[str, ...]]
    constants: dict[str, Constants]
    late: Late

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the amalgamation that a program is made with."""
        return (self.header, *self.objects, self.script, self.library)


@functools.cache
def overlay() -> Overlay:
    """cosmopolitan.toml, read once in a process."""
    text = Path(__file__).with_name("cosmopolitan.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, Overlay, name="cosmopolitan.toml", code="toolchain")


def startup_text() -> str:
    """The C source of the start-up object."""
    tables = overlay().late.tables
    declared = "".join(f"extern fill caml_late_{table} __attribute__((weak));\n" for table in tables)
    called = "".join(f"  if (caml_late_{table}) caml_late_{table}();\n" for table in tables)
    return _STARTUP.format(declared=declared, called=called)


_STARTUP = """\
/* The start-up object of OCaml's programs: fills in, before main, the tables of constants known only then.
   The functions are beside their tables; of a library that a program does not use, there are none. */
typedef void fill(void);

{declared}
static void __attribute__((constructor)) caml_fill_late_tables(void)
{{
{called}}}
"""


def startup_object(staging: str, triplet: str) -> tuple[a.AnyAction, ...]:
    """The actions that write and compile the start-up object, once there are wrapper scripts."""
    into = f"{staging}/{FOLDER}"
    source, object_ = f"{into}/{STARTUP}.c", f"{into}/{STARTUP}.o"
    cc = f"{staging}/wrappers/{triplet}-cc"
    return (
        a.WriteFile(source, startup_text(), "the start-up object: fills in OCaml's tables before main"),
        a.Run((cc, "-O2", "-c", source, "-o", object_), into, f"what -z {STARTUP} links"),
    )
