"""`explain`: every code that a user can meet, from the same words as its message."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.commands import Ocw
from wizard.base import codes
from wizard.base.codes import opened
from wizard.base.errors import InputError, kind_named
from wizard.doctor.explain import all_explanations, explain, known_codes
from wizard.logs.matchers import matchers


@pytest.mark.parametrize("code", sorted(known_codes()))
def test_an_explanation_says_what_why_and_what_to_do(code: str) -> None:
    from wizard.catalogue.store import catalogue

    explanation = explain(code, catalogue())
    assert explanation.code == code
    for words in (explanation.what, explanation.why, *explanation.cure):
        assert words.strip() == words != ""
        assert not re.search(r"\{\w*\}", words)
    assert explanation.what[0] not in ".,:"
    assert explanation.cure
    if explanation.of == "error":
        assert explanation.exit_code == kind_named(codes.errors()[code].kind).exit_code
        assert explanation.why.endswith((".", "]")), explanation.why


@pytest.mark.parametrize("code", sorted(codes.errors()))
def test_an_explanation_holds_every_sentence_of_the_messages(code: str) -> None:
    """What a message says is in the explanation, in the same words."""
    entry, explanation = codes.errors()[code], explain(code)
    whole = " ".join((explanation.what, explanation.why, *explanation.cure, *map(" ".join, explanation.examples)))
    for form in ("", *entry.form):
        said = entry.said(form)
        for template in (said.what, said.why, said.fix):
            words = opened(template)
            if re.search(r"\w", re.sub(r"<\w+>", "", words)):
                assert words[1:] in whole, (form, words)


def test_the_list_has_every_code_once() -> None:
    listed = [explanation.code for explanation in all_explanations()]
    assert len(listed) == len(set(listed))
    assert set(listed) == {*codes.findings(), *codes.errors(), *codes.checks(), *matchers()}


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("word-size", ["error[word-size]", "For example", "max_int is -1", "Source"]),
        ("source-not-reached", ["error[source-not-reached]", "exit code 5", "HTTPS_PROXY", "doctor"]),
        ("disk-full", ["exit code 8", "resume"]),
        (
            "open-files",
            ["check[open-files]", "What it may come to", "failure: no process may have more", "ulimit"],
        ),
    ],
)
def test_explain_says_all_there_is(code: str, shown: list[str], ocw: Ocw) -> None:
    ended = ocw("explain", code)
    assert ended.code == 0
    text = " ".join(ended.out.split())
    for words in shown:
        assert words in text
    assert max(map(len, ended.out.splitlines())) <= 120


@pytest.mark.parametrize(
    "words", [["explain"], ["explain", "--list"], ["explain", "--list", "disk-full"]], ids=" ".join
)
def test_explain_lists_every_code(words: list[str], ocw: Ocw) -> None:
    ended = ocw(*words)
    assert ended.code == 0
    listed = [line.split()[0] for line in ended.out.splitlines()[2:]]
    assert listed == [explanation.code for explanation in all_explanations()]


def test_explain_gives_json(ocw: Ocw) -> None:
    found = json.loads(ocw("explain", "builder-vanished", "--json").out)
    assert (found["of"], found["exit_code"]) == ("error", 6)
    assert {load["of"] for load in json.loads(ocw("explain", "--json").out)} == {
        "finding",
        "error",
        "check",
        "cause",
    }


def test_an_unknown_code_is_told_the_nearest(ocw: Ocw) -> None:
    ended = ocw("explain", "disk-fulll")
    assert ended.code == InputError.exit_code
    assert "error[code-unknown]" in ended.err
    assert "disk-full" in ended.err
