"""Reading TOML into typed values: what fits is read, what does not is placed by file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.base import tomlfile
from wizard.base.errors import InputError
from wizard.base.tomlfile import find_line, parse, place


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table at the end."""

    name: str
    size: int = 0
    kind: Literal["big", "small"] = "big"


class Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file with all the forms that tables take."""

    one: Leaf
    many: dict[str, Leaf] = {}
    some: tuple[Leaf, ...] = ()
    maybe: Leaf | None = None
    words: dict[str, str] = {}


TEXT = """\
# a comment with one.size = 3 in it

[one]
name = "x"  # [many]
"size" = 3

[many.first]
name = "y"

[many."5.3.0"]
name = "z"

[words]
any = "thing"
"""


def test_a_file_that_fits_becomes_its_value() -> None:
    assert parse(TEXT, Whole, name="w.toml") == Whole(
        Leaf("x", 3), {"first": Leaf("y"), "5.3.0": Leaf("z")}, words={"any": "thing"}
    )


@pytest.mark.parametrize(
    ("text", "where", "key"),
    [
        (TEXT + "\n[other]\n", "w.toml:16", "'other'"),
        (TEXT.replace("name = \"x\"", "name = \"x\"\nnaem = 1"), "w.toml:5", "'one.naem'"),
        (TEXT + "\n[many.second]\nname = 'q'\nsiez = 1\n", "w.toml:18", "'many.second.siez'"),
        (TEXT + "\n[maybe]\nnick = 1\n", "w.toml:17", "'maybe.nick'"),
        ("one.name = 'x'\none.siez = 3\n", "w.toml:2", "'one.siez'"),
        ("[one]\nname = 'x'\n[one.deep]\nx = 1\n", "w.toml:3", "'one.deep'"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_placed(text: str, where: str, key: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, Whole, name="w.toml")
    assert raised.value.code == "preset-unknown-key"
    assert raised.value.what.startswith(f"{where}: ")
    assert key in raised.value.what


def test_any_key_is_taken_where_a_table_of_words_is_wanted() -> None:
    assert parse(TEXT + "'what ever.1' = \"x\"\n", Whole, name="w").words["what ever.1"] == "x"


@pytest.mark.parametrize("text", ["[[some]]\nname = 'x'\nsiez = 1\n", "some = [{ name = 'x', siez = 1 }]\n"])
def test_an_unknown_key_in_a_list_of_tables_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="siez"):
        parse("one = { name = 'x' }\n" + text, Whole, name="w.toml")


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("[one]\nname = 3\n", "w.toml:2: ", ("one.name", "str", "int")),
        ("[one]\nname = 'x'\nsize = 'big'\n", "w.toml:3: ", ("one.size", "int", "str")),
        ("[one]\nname = 'x'\nsize = 1.5\n", "w.toml:3: ", ("one.size", "int", "float")),
        ("[one]\nname = 'x'\nkind = 'tiny'\n", "w.toml:3: ", ("one.kind", "tiny")),
        ("[one]\n", "w.toml:1: ", ("one", "name")),
        ("one = 3\n", "w.toml:1: ", ("one", "object", "int")),
        ("[one]\nname = 'x'\n[words]\na = 1\n", "w.toml", ("words", "str", "int")),
    ],
)
def test_a_wrong_value_is_placed_and_says_what_was_wanted(text: str, where: str, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, Whole, name="w.toml")
    assert raised.value.code == "preset-wrong-value"
    assert raised.value.what.startswith(where)
    for word in words:
        assert word in raised.value.what


def test_the_code_of_an_error_begins_as_the_caller_says() -> None:
    with pytest.raises(InputError) as raised:
        parse("x", Whole, name="w", code="catalogue")
    assert raised.value.code == "catalogue-syntax"


def test_a_missing_file_a_folder_and_a_binary_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    seen = []
    for name in ("missing", ".", "binary"):
        with pytest.raises(InputError) as raised:
            tomlfile.load(tmp_path / name, Whole)
        seen.append(raised.value.code)
    assert seen == ["preset-not-found", "preset-unreadable", "preset-unreadable"]


def test_a_file_that_is_no_text_is_told_by_line_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_bytes("number = 1\ntitle = 'é'\n".encode("latin-1"))
    with pytest.raises(InputError) as raised:
        tomlfile.load(path, Whole)
    assert "line 2" in raised.value.why
    assert "0xe9" in raised.value.why
    assert "UTF-8" in raised.value.fix


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("one",), 3),
        (("one", "name"), 4),
        (("one", "size"), 5),
        (("many", "first"), 7),
        (("many", "first", "name"), 8),
        (("words", "any"), 14),
        (("many", "5.3.0"), 10),
        (("many", "5.3.0", "name"), 11),
        (("one", "none"), None),
        (("none",), None),
        ((), None),
    ],
)
def test_the_line_of_a_key_is_found(keys: tuple[str, ...], line: int | None) -> None:
    assert find_line(TEXT, keys) == line
    assert place(TEXT, keys, "w.toml") == (f"w.toml:{line}" if line else "w.toml")


@given(text=st.text())
def test_no_text_makes_parsing_crash(text: str) -> None:
    with pytest.raises(InputError):
        parse(text, Whole, name="w.toml")


@given(
    text=st.text("[]one.many\"'= \n#x\\", max_size=60), keys=st.lists(st.text('onema."', max_size=5), max_size=3)
)
def test_looking_for_a_line_never_crashes_and_stays_in_the_text(text: str, keys: list[str]) -> None:
    line = find_line(text, tuple(keys))
    assert line is None or 1 <= line <= len(text.splitlines())
