"""How many stages run at once, and on which machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.builder.parallelism import JOB_BYTES, free_memory, stages_at_once

GIB = 2**30


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ((2, 24 * GIB), 2),  # a small machine: one configures, one compiles
        ((2, 1 * GIB), 1),
        ((16, 64 * GIB), 4),
        ((16, 16 * GIB), 2),  # memory decides
        ((64, 32 * GIB), 1),
        ((1, 0), 1),  # it continues, one at a time
    ],
)
def test_cores_and_memory_decide(machine: tuple[int, int], expected: int) -> None:
    assert stages_at_once(*machine) == expected


@given(count=st.integers(1, 512), free=st.integers(0, 2**42))
def test_never_more_than_fits_and_never_none(count: int, free: int) -> None:
    found = stages_at_once(count, free)
    assert found == 1 or (found * count * JOB_BYTES <= free and found <= max(2, count))


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert free_memory(tmp_path) == 600_000


@pytest.mark.parametrize("text", ["max\n", ""])
def test_without_a_limit_the_machines_memory_counts(text: str, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(text)
    assert free_memory(tmp_path) > 100 * 2**20
    assert free_memory(tmp_path / "nothing") > 100 * 2**20
