"""Room on the disk: counted once a file, written and read as a person does."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.base.sizes import Sizes, parse_size, size_words


def test_a_tree_takes_what_du_says(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / "tree" / str(number)
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * number * 1000)
        os.link(folder / "file", folder / "linked")
        (folder / "link").symlink_to(tmp_path)
    with (tmp_path / "tree" / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    said = subprocess.run(
        ["du", "-s", "--block-size=1", tmp_path / "tree"], capture_output=True, check=True
    ).stdout
    assert Sizes().of(tmp_path / "tree") == int(said.split()[0])


def test_what_is_not_there_takes_no_room(tmp_path: Path) -> None:
    assert Sizes().of(tmp_path / "gone") == 0


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 1_000_000)
    (tmp_path / "link").symlink_to(tmp_path / "big")
    assert Sizes().of(tmp_path / "link") < 10_000


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0"), (7, "7 bytes"), (4096, "4.1 kB"), (940_000, "940 kB"), (12_000_000, "12 MB"), (9_960_000, "10 MB"),
     (1_420_000_000, "1.4 GB")],
)  # fmt: skip
def test_a_size_is_said_as_a_person_would(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("words", "size"),
    [("5GB", 5 * 10**9), ("5 gb", 5 * 10**9), ("1,5G", 1_500_000_000), ("2GiB", 2 << 30), ("700", 700),
     (" 3 kB ", 3000), ("0", 0)],
)  # fmt: skip
def test_a_size_is_read_as_a_person_writes_it(words: str, size: int) -> None:
    assert parse_size(words) == size


@given(size=st.integers(0, 10**14))
def test_what_is_said_is_read_again(size: int) -> None:
    assert abs(parse_size(size_words(size).replace("bytes", "")) - size) <= size * 0.06


@given(words=st.text(max_size=8))
def test_no_words_make_reading_crash(words: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_size(words) >= 0
