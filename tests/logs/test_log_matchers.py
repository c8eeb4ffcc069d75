"""The matchers as data: each says all it must, and each is found in a log of a build that really failed so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wizard.base import codes
from wizard.catalogue.model import Catalogue
from wizard.catalogue.selection import Selection, normalise
from wizard.logs.cause import find_cause
from wizard.logs.diagnosis import diagnose_file
from wizard.logs.matchers import BuildFacts, compiled, matchers
from wizard.logs.suspicious import WORDS

LOGS = Path(__file__).parent / "build_logs"
INDEX: list[dict[str, Any]] = tomllib.loads((LOGS / "failing" / "index.toml").read_text(encoding="utf-8"))["log"]
NAMES = [entry["name"] for entry in INDEX]


@pytest.mark.parametrize("entry", INDEX, ids=NAMES)
def test_the_cause_is_found_in_the_log_of_a_build_that_failed(entry: dict[str, Any]) -> None:
    found = diagnose_file(LOGS / "failing" / f"{entry['name']}.log")
    assert (found.code, found.line) == (entry["code"], entry["line"])
    assert found.outcome == ("known" if entry["code"] else "unknown")


def test_every_log_says_how_it_was_provoked_and_every_one_is_there() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in (LOGS / "failing").glob("*.log"))
    assert [entry["name"] for entry in INDEX if not entry["command"].strip()] == []


def test_every_matcher_has_a_log_but_those_that_say_where_else_they_are_from() -> None:
    provoked = {code for code, matcher in matchers().items() if matcher.evidence == "provoked"}
    assert provoked == {entry["code"] for entry in INDEX} - {""}
    assert len(provoked) >= 40
    for code, matcher in matchers().items():
        assert bool(matcher.sample) == (matcher.evidence == "literature"), code


@pytest.mark.parametrize("code", [code for code, matcher in matchers().items() if matcher.sample])
def test_a_matcher_from_the_literature_knows_its_sample(code: str, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(f"make all\n{matchers()[code].sample}\nmake: *** [Makefile:3: all] Error 1\n", encoding="utf-8")
    assert diagnose_file(log).code == code


@pytest.mark.parametrize("code", list(matchers()))
def test_a_matcher_says_all_it_must(code: str, known: Catalogue) -> None:
    matcher = matchers()[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    assert code not in codes.findings(), "findings have codes of their own"
    for words in (matcher.what, matcher.meaning, matcher.confirm, matcher.source):
        assert words.strip() == words
        assert words
    assert matcher.fixes
    assert not matcher.what.endswith("."), "a title is no sentence"
    for fix in matcher.fixes:
        assert fix.text.strip()
        for field, value in fix.changes.items():
            changed = msgspec.structs.replace(Selection("aarch64-linux"), **{field: value})
            normalise(changed, known)  # raises for what the catalogue does not have


@pytest.mark.parametrize("ready", compiled(), ids=lambda matcher: matcher.code)
def test_every_name_in_a_matchers_words_is_caught_by_each_of_its_patterns(ready: Any) -> None:
    known = ready.matcher
    fixes = [text for fix in known.fixes for text in (fix.text, fix.command, *fix.changes.values())]
    used = set(re.findall(r"\{(\w+)\}", " ".join([known.what, known.meaning, known.confirm, *fixes])))
    for pattern in ready.patterns:
        assert used <= set(pattern.groupindex), pattern.pattern


@pytest.mark.parametrize("entry", [entry for entry in INDEX if entry["code"]], ids=lambda entry: entry["name"])
def test_the_quick_tests_let_through_what_a_matcher_knows(entry: dict[str, Any]) -> None:
    """The words of the pass over the log, and those of the matcher, are in the line."""
    log = LOGS / "failing" / f"{entry['name']}.log"
    line = log.read_bytes().split(b"\n")[entry["line"] - 1]
    assert any(word in line for word in WORDS)
    (known,) = (matcher for matcher in compiled() if matcher.code == entry["code"])
    assert not known.words or any(word in line for word in known.words)


@pytest.mark.parametrize("log", sorted((LOGS / "passing").glob("*.log")), ids=lambda path: path.stem)
def test_nothing_is_wrong_in_the_log_of_a_build_that_worked(log: Path) -> None:
    assert diagnose_file(log).outcome == "nothing"


PASSING = b"".join(path.read_bytes() for path in sorted((LOGS / "passing").glob("world*.log")))


@pytest.mark.parametrize(
    "entry", [entry for entry in INDEX if not entry["name"].endswith(".config")], ids=lambda entry: entry["name"]
)
def test_what_worked_before_and_what_failed_after_do_not_change_the_cause(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    """A long log as users have it: much that went well, the failure, make's last words, and another failure."""
    log = tmp_path / "whole.log"
    failure = (LOGS / "failing" / f"{entry['name']}.log").read_bytes().rstrip(b"\n")
    later = (LOGS / "failing" / "no-room.log").read_bytes()
    ending = b"\nmake[1]: *** [Makefile:7: it] Error 2\nmake: *** [Makefile:3: world.opt] Error 2\n"
    log.write_bytes(PASSING + failure + ending + b"make: next\n" * 20 + later)
    found = diagnose_file(log)
    assert found.code == entry["code"]
    assert found.line == entry["line"] + PASSING.count(b"\n")


def test_a_matcher_of_another_release_or_c_library_does_not_apply() -> None:
    log = LOGS / "failing" / "cosmo-4.14-extern.log"
    with log.open("rb") as file:
        assert find_cause(file, BuildFacts(libc="musl")).hit is None
    with log.open("rb") as file:
        hit = find_cause(file, BuildFacts(libc="cosmopolitan")).hit
    assert hit is not None
    assert hit.groups == {"name": "write"}
