"""Words and here-documents of exported scripts come through every shell as they were meant."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from tests.support.scripts import NASTY
from tests.support.shells import SHELLS
from wizard.export.quoting import FolderVariable, Quoter, here_document
from wizard.export.shell_library import shell_functions, used_functions

PLACES = Quoter([FolderVariable("/WORK", "work"), FolderVariable("/WORK/zig-0.1", "zig")])
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def shell(text: str, shell: str = "sh") -> bytes:
    return subprocess.run(
        [shell, "-c", text], capture_output=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    ).stdout


@pytest.mark.parametrize("name", SHELLS)
@given(text=TEXTS | st.sampled_from(list(NASTY.values())))
def test_any_text_is_one_word(name: str, text: str) -> None:
    assert (
        shell(f"printf '%s.' {Quoter([FolderVariable('/WORK', 'work')]).word(text)}", name).decode() == f"{text}."
    )


@pytest.mark.parametrize("name", SHELLS)
@given(text=TEXTS)
def test_any_lines_come_out_of_a_here_document(name: str, text: str) -> None:
    lines = text if text.endswith("\n") else f"{text}\n"
    assert shell(f"cat {here_document(lines)}\n", name).decode() == lines


@pytest.mark.parametrize("lines", ["END\n", "END\nEND_\n", "x\nEND\nEND__\n", "END \n END\n", "\n\n", "EN\\\nD\n"])
def test_a_line_that_looks_like_the_end_is_not_taken_for_it(lines: str) -> None:
    assert shell(f"cat {here_document(lines)}\necho after").decode() == f"{lines}after\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("make", "make"),
        ("", '""'),
        ("/WORK", '"$work"'),
        ("/WORK/tree", '"$work/tree"'),
        ("/WORK/zig-0.1/zig", '"$zig/zig"'),
        ("/WORK/zig-0.17", '"$work/zig-0.17"'),
        ("/WORKS", "/WORKS"),
        ("-I/WORK/a:/WORK/b", '"-I$work/a:$work/b"'),
        ("/WORKé", '"${work}é"'),
        ('a b$(c)`d`"e"\\', r'"a b\$(c)\`d\`\"e\"\\"'),
    ],
)
def test_folders_become_variables_and_all_else_is_quoted(text: str, word: str) -> None:
    assert PLACES.word(text) == word


@given(text=TEXTS.map(lambda text: text.replace("/WORK", "")))
def test_a_folder_between_any_texts_is_put_in(text: str) -> None:
    written = f"work='/a b'; printf '%s.' {Quoter([FolderVariable('/WORK', 'work')]).word(f'{text}:/WORK/{text}')}"
    assert shell(written).decode() == f"{text}:/a b/{text}."


def test_a_text_with_folders_gets_their_values() -> None:
    text = "zig=/WORK/zig-0.1/zig\ncache=/WORK/cache /WORK/zig-0x1\nlibc=/WORK/zig-0.1-musl /WORK/zig-0.1\n"
    command = PLACES.substitution([text])
    assert shell(f"work=/a,b; zig=/z; {command} {here_document(text)}\n").decode() == (
        "zig=/z/zig\ncache=/a,b/cache /a,b/zig-0x1\nlibc=/a,b/zig-0.1-musl /z\n"
    )


def test_a_function_brings_those_that_it_calls() -> None:
    texts = "".join(used_functions(["fetch"]))
    for name in (
        "fail",
        "first_of",
        "from_folder",
        "from_cache",
        "from_network",
        "sha256",
        "npm_pack",
        "download",
    ):
        assert f"\n{name}() {{" in texts
    assert "publish()" not in texts


def test_no_function_changes_a_variable_of_the_plan() -> None:
    kept = "work|sources|offline|jobs|path|zig|zig_cache|host|build|staging|stages"
    for name, text in shell_functions().items():
        for line in text.splitlines():
            code = line.split("#")[0]
            words = code.replace("=", " = ").replace(";", " ; ").split()
            for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
                if word in kept.split("|"):
                    assert after != "=", f"{name}: {line}"
                    assert before != "for", f"{name}: {line}"
