"""Cosmopolitan as a C toolchain: headers, start-up object and wrapper scripts over the amalgamation."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.fakes import REAL
from tests.support.own_tools import own_tool
from tests.support.scripts import nasty, write
from tests.support.shells import SHELLS
from tests.support.wrapper_texts import texts_of
from wizard.catalogue import store
from wizard.toolchains.cosmopolitan import EMPTY_LIBRARIES, shim_texts, wrapper_scripts
from wizard.toolchains.cosmopolitan_library import FOLDER, overlay, startup_text

TRIPLET = "x86_64-esperanto-none-static"
TOOLCHAIN = REAL.toolchains["cosmopolitan"]
COMPONENT = REAL.components["cosmopolitan"]
PATCHES = Path(store.__file__).parent / "patches"
OWN = {id_: patch for id_, patch in REAL.patches.items() if TOOLCHAIN.id in patch.toolchains}
OWN_BY_RELEASE = {
    release: [id_ for id_, one in OWN.items() if release in one.releases]
    for release in REAL.libcs["cosmopolitan"].releases
}

FAKE = """\
#!/bin/sh
printf '%s\\0' "${0##*/}" "$@"
exit "${FAKE_STATUS:-0}"
"""


class Place(NamedTuple):
    """A switch with wrapper scripts, over fake tools."""

    switch: Path

    def call(self, tool: str, *words: str, shell: str = "sh", status: int = 0, **env: str) -> list[str]:
        """The tool that was called at last, and its words; `…` stands for the switch."""
        script = self.switch / "wrappers" / f"{TRIPLET}-{tool}"
        ended = subprocess.run(
            [shell, script, *words], capture_output=True, check=False, env={"PATH": "/usr/bin:/bin", **env}
        )
        assert ended.returncode == status, ended.stderr
        called = ended.stdout.decode().split("\0")[:-1]
        return [word.replace(f"{self.switch}/wrappers/..", "…") for word in called]


def place_in(root: Path) -> Place:
    bin_ = root / "the gcc's"
    for tool in ("gcc", "ld.bfd", "objcopy", "as", "ar", "ranlib", "strip", "nm"):
        write(bin_ / f"x86_64-linux-gnu-{tool}", FAKE)
    texts = texts_of(wrapper_scripts(TOOLCHAIN, TRIPLET, str(bin_ / "x86_64-linux-gnu-gcc")))
    for name, (text, _) in texts.items():
        write(root / "switch" / "wrappers" / name, text)
    return Place(root / "switch")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


LAST = ["-x", "none", "-L…/sysroot/lib", f"-L…/{FOLDER}/lib"]
FILES = [f"…/{FOLDER}/{name}" for name in ("crt.o", "ape-no-modify-self.o", "cosmopolitan.a")]
STARTUP = f"…/{FOLDER}/caml-startup.o"

# ---------------------------------------------------------------- compiling and linking


@pytest.mark.parametrize("option", ["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"])
def test_what_compiles_only_gets_the_headers_and_no_library(place: Place, option: str) -> None:
    called = place.call("cc", option, "a.c", "-o", "a.out")
    assert called[0] == "x86_64-linux-gnu-gcc"
    assert called[-4:] == [option, "a.c", "-o", "a.out"]
    assert called[1:8] == [
        "-nostdinc", "-isystem", "…/sysroot/include", "-isystem", f"…/{FOLDER}/include", "-isystem", f"…/{FOLDER}",
    ]  # fmt: skip
    assert {"-U__linux__", "-fno-pic", "-mno-red-zone", "-fno-stack-protector"} <= set(called)
    assert not [word for word in called if word in FILES or word.startswith("-Wl")]


def test_a_program_is_linked_with_cosmopolitan_last_and_its_words_in_their_order(place: Place) -> None:
    words = ["-O2", "b.o", "-La", "-lone", "a.o", "-ltwo", "-Wl,--as-needed", "-lm", "-o", "a"]
    called = place.call("cc", *words)
    after = called.index(f"…/{FOLDER}/ape.lds") + 1
    assert called[after:] == [*words, *LAST, *FILES]
    assert {"-static", "-nostdlib", "-no-pie", "-Wl,-u,main", "-Wl,-u,__fmt_dtoa"} <= set(called)


@pytest.mark.parametrize("words", [["-z", "caml-startup"], ["-zcaml-startup"]])
def test_the_start_up_object_comes_first_where_it_is_asked_for(place: Place, words: list[str]) -> None:
    called = place.call("cc", "a.o", *words, "b.o")
    after = called.index(f"…/{FOLDER}/ape.lds") + 1
    assert called[after:] == [STARTUP, "a.o", "b.o", *LAST, *FILES]
    assert "-z" not in called


def test_asked_for_where_nothing_is_linked_it_is_left_out(place: Place) -> None:
    for words in (["-c", "a.c"], ["-r", "a.o"], ["-E", "a.c"]):
        called = place.call("cc", *words, "-z", "caml-startup")
        assert STARTUP not in called
        assert "caml-startup" not in called


def test_other_words_after_z_are_the_linkers(place: Place) -> None:
    called = place.call("cc", "-z", "now", "a.o", "-z", "caml-startup", "-z", "relro")
    after = called.index(STARTUP) + 1
    assert called[after : after + 5] == ["-z", "now", "a.o", "-z", "relro"]
    assert place.call("cc", "a.o", "-z")[-len([*LAST, *FILES]) - 1] == "-z"


@pytest.mark.parametrize("words", [["-v"], ["--version"], ["-dumpmachine"], ["-print-prog-name=ld"], ["-###"], []])
def test_a_question_is_gccs_own(place: Place, words: list[str]) -> None:
    assert place.call("cc", *words) == ["x86_64-linux-gnu-gcc", *words]


def test_v_with_files_links_them(place: Place) -> None:
    assert place.call("cc", "-v", "a.c")[-3:] == FILES


def test_a_partial_link_takes_nothing_in(place: Place) -> None:
    assert place.call("cc", "-r", "a.o", "-o", "b.o") == [
        "x86_64-linux-gnu-gcc", "-nostdlib", "-no-pie", "-r", "a.o", "-o", "b.o",
    ]  # fmt: skip
    assert place.call("ld", "-r", "-o", "b.o", "a.o") == ["x86_64-linux-gnu-ld.bfd", "-r", "-o", "b.o", "a.o"]


@pytest.mark.parametrize(("tool", "option"), [("cc", "-shared"), ("cc", "-pie"), ("ld", "-shared")])
def test_what_would_not_be_static_is_refused(place: Place, tool: str, option: str) -> None:
    assert place.call(tool, option, "a.o", status=1) == []


def test_the_linker_links_programs_too(place: Place) -> None:
    called = place.call("ld", "a.o", "-z", "caml-startup", "-lone", "b.o")
    after = called.index(f"…/{FOLDER}/ape.lds") + 1
    assert called[after:] == [STARTUP, "a.o", "-lone", "b.o", *LAST[2:], *FILES]
    assert called[called.index("-u") : called.index("-u") + 2] == ["-u", "main"]
    assert place.call("ld", "--version") == ["x86_64-linux-gnu-ld.bfd", "--version"]


def test_objcopy_takes_the_symbols_out_of_a_portable_program(place: Place) -> None:
    for words in (["-O", "binary"], ["-Obinary"], ["--output-target=binary"]):
        assert place.call("objcopy", *words, "a", "a.com")[1:] == ["-S", *words, "a", "a.com"]
    plain = ["--redefine-sym", "a=b", "a.o"]
    assert place.call("objcopy", *plain)[1:] == plain
    assert place.call("objcopy", "-O", "elf64-x86-64", "binary", "b")[1] == "-O"


def test_the_status_is_the_tools(place: Place) -> None:
    for tool in ("cc", "ld", "objcopy", "as", "ar"):
        place.call(tool, "a.o", status=3, FAKE_STATUS="3")


@nasty
def test_any_folder_will_do_and_any_word_arrives(tmp_path: Path, folder: str) -> None:
    place = place_in(tmp_path / folder)
    words = ["-c", "a b.c", "it's", '"', "$HOME", "", "*"]
    for shell in SHELLS:
        assert place.call("cc", *words, shell=shell)[-len(words) :] == words
        assert place.call("cc", *words[1:], shell=shell)[-3:] == FILES


def test_every_script_is_clean(place: Place, tmp_path: Path) -> None:
    write(tmp_path / "empty.sh", f"#!/bin/sh\n{EMPTY_LIBRARIES}")
    scripts = [*(place.switch / "wrappers").iterdir(), tmp_path / "empty.sh"]
    assert len(scripts) >= 10
    subprocess.run([own_tool("shellcheck"), "--norc", *map(str, scripts)], check=True)


# ---------------------------------------------------------------- headers and start-up object


def test_every_header_includes_the_one_and_no_path_leads_out() -> None:
    texts = shim_texts()
    assert {"ctype.h", "stdio.h", "sys/wait.h", "termios.h", "pthread.h"} <= set(texts)
    assert "sys/shm.h" not in texts, "configure would take the library to have shmat"
    assert all(text.startswith('#include "cosmopolitan.h"\n') for text in texts.values())
    assert all(re.fullmatch(r"([a-z0-9]+/)?[a-z0-9_]+\.h", name) for name in texts)


def test_constants_without_a_name_in_the_header_get_one() -> None:
    text = shim_texts()["termios.h"]
    assert "#ifndef B9600\nextern const uint32_t B9600;\n#define B9600 B9600\n#endif\n" in text


def test_every_file_that_is_used_has_a_digest() -> None:
    assert set(overlay().files) <= set(COMPONENT.files)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in COMPONENT.files.values())


def late_tables(patch: str) -> set[str]:
    (file,) = PATCHES.glob(f"**/{patch}.patch")
    text = file.read_text(encoding="utf-8")
    return set(re.findall(r"^\+CAML_LATE_TABLE\([a-z]*, [a-z_ ]+, ([a-z_]+),", text, re.MULTILINE))


def test_the_start_up_object_knows_every_table_that_the_patches_make() -> None:
    tables = overlay().late.tables
    made = {release: set().union(*map(late_tables, ids)) for release, ids in OWN_BY_RELEASE.items()}
    assert set(tables) == set().union(*made.values())
    assert made["4.14.0"] == made["4.14.1"] == made["4.14.2"]
    assert made["5.3.0"] ^ made["4.14.1"] == {"socket_domain_table", "caml_unix_socket_domain_table"}
    assert len(set(tables)) == len(tables)


def test_every_release_that_is_offered_has_each_patch_once() -> None:
    for release in REAL.libcs["cosmopolitan"].releases:
        fitting = [re.sub(r"-[0-9]+$", "", id_) for id_ in OWN_BY_RELEASE[release]]
        assert fitting == [f"cosmopolitan-{name}" for name in ("names", "tables", "threads", "system")], release


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_the_start_up_object_fills_what_there_is_before_main(tmp_path: Path) -> None:
    (tmp_path / "startup.c").write_text(startup_text(), encoding="utf-8")
    header = next(
        text.partition("b/runtime/caml/late.h\n")[2].partition("--- ")[0]
        for text in [(PATCHES / "cosmopolitan-tables.patch").read_text(encoding="utf-8")]
    )
    lines = [line[1:] for line in header.splitlines() if line.startswith("+")]
    (tmp_path / "late.h").write_text("\n".join(lines) + "\n", encoding="utf-8")
    program = """
#include <stdio.h>
#include "late.h"
int known_late(void) { static int n = 6; return ++n; }
CAML_LATE_TABLE(static, int, error_table, 2, { known_late(), 2 })
int main(void) { printf("%d %d\\n", error_table[0], error_table[1]); return 0; }
"""
    (tmp_path / "main.c").write_text(program, encoding="utf-8")
    for objects, said in ((["main.c", "startup.c"], "7 2\n"), (["main.c"], "0 0\n")):
        subprocess.run(
            ["gcc", "-Wall", "-Werror", "-Wno-address", *objects, "-o", "main"], cwd=tmp_path, check=True
        )
        assert subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout == said
