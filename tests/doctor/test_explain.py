"""Every code that a user can meet is explained: of findings, errors and checks, found by reading the source."""

from __future__ import annotations

import ast
import errno
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Ocw
from wizard.base import errors
from wizard.base.errors import InputError, WizardError, kind_named
from wizard.builder import failures
from wizard.check.findings import texts
from wizard.doctor.explain import error_texts, every, explain
from wizard.doctor.texts import checks
from wizard.logs.matchers import matchers
from wizard.machine.disk_space import write_error

PACKAGE = Path(errors.__file__).parents[1]
KINDS = {"WizardError", *(kind.__name__ for kind in WizardError.__subclasses__())}

# Where an error's code is no word in the source, and which codes it takes.
ELSEWHERE = {
    "base/errors.py": set[str](),  # as it was kept in the journal
    "machine/disk_space.py": {
        write_error(OSError(number, "")).code
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES)
    },
    "builder/failures.py": {code for code, _signs, _fix in failures._NO_SPACE},
    "session/session.py": set(texts()),  # refuse(): the code of a finding
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            yield name, node


def raised() -> dict[str, set[str]]:
    """By code the classes of error that are raised with it, anywhere in the package."""
    found: dict[str, set[str]] = {}
    files: set[str] = {"preset"}
    problems: set[str] = set()
    for name, tree in sources():
        for function, call in calls(tree):
            if function in ("load", "parse"):
                named = (keyword.value for keyword in call.keywords if keyword.arg == "code")
                files |= {str(one.value) for one in named if isinstance(one, ast.Constant)}
            if function not in KINDS or not call.args:
                continue
            code = call.args[0]
            if isinstance(code, ast.Constant):
                found.setdefault(str(code.value), set()).add(function)
            elif isinstance(code, ast.JoinedStr) and name == "base/tomlfile.py":
                problems.add(str(code.values[-1].value).lstrip("-"))  # type: ignore[attr-defined]
            else:
                assert name in ELSEWHERE, (
                    f"{name}:{call.lineno}: which codes does this error take? (see ELSEWHERE)"
                )
    for codes in ELSEWHERE.values():
        for one in codes - set(texts()):
            found.setdefault(one, {"PlaceError"})
    shipped = files - {"preset", "settings", "evidence"}
    for file in files:
        for problem in problems:
            if file not in shipped or problem not in ("not-found", "unreadable"):
                found.setdefault(f"{file}-{problem}", {"InputError"})
    return found


RAISED = raised()


def test_the_source_was_read() -> None:
    assert {"source-not-reached", "disk-full", "preset-syntax", "settings-unreadable", "defect"} <= set(RAISED)
    assert len(RAISED) > 90


@pytest.mark.parametrize("code", sorted(RAISED))
def test_every_code_that_is_raised_is_explained(code: str) -> None:
    known = set(texts()) | set(error_texts())
    assert code in known, f"write [error.{code}] into wizard/doctor/errors.toml"


def test_no_code_is_explained_that_nothing_raises() -> None:
    assert set(error_texts()) - set(RAISED) == set()


@pytest.mark.parametrize("code", sorted(error_texts()))
def test_the_kind_of_an_error_is_that_of_its_class(code: str) -> None:
    kind = kind_named(error_texts()[code].kind).__name__
    assert kind in RAISED[code]


def test_findings_errors_and_checks_have_codes_of_their_own() -> None:
    """A code that two of them have would mean two things."""
    groups = [set(texts()), set(error_texts()), set(checks())]
    assert sum(len(group) for group in groups) == len(set().union(*groups))


@pytest.mark.parametrize("code", sorted({*texts(), *error_texts(), *checks(), *matchers()}))
def test_an_explanation_says_what_why_and_what_to_do(code: str) -> None:
    from wizard.catalogue.store import catalogue

    one = explain(code, catalogue())
    assert one.code == code
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    for words in (one.what, one.why, *one.cure):
        assert words.strip() == words != ""
        assert not re.search(r"\{\w*\}", words)
    assert one.what[0] not in ".,:"
    if one.of == "error":
        assert one.exit_code == kind_named(error_texts()[code].kind).exit_code
        assert one.why.endswith((".", "]")), one.why


def test_the_list_has_every_code_once() -> None:
    codes = [one.code for one in every()]
    assert len(codes) == len(set(codes))
    assert set(codes) == {*texts(), *error_texts(), *checks(), *matchers()}


def test_a_file_that_is_a_part_of_the_wizard_is_not_for_the_user_to_correct() -> None:
    assert "Install the wizard again" in error_texts()["catalogue-syntax"].cure[0]
    assert "Correct that line" in error_texts()["preset-syntax"].cure[0]
    assert "catalogue-not-found" not in error_texts()


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
    assert listed == [one.code for one in every()]


def test_explain_gives_json(ocw: Ocw) -> None:
    one = json.loads(ocw("explain", "builder-vanished", "--json").out)
    assert (one["of"], one["exit_code"]) == ("error", 6)
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


def test_the_code_in_an_errors_own_words_is_one_that_explain_knows() -> None:
    """An error that says `explain CODE` names a code that there is."""
    known = {*texts(), *error_texts(), *checks(), *matchers()}
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for code in re.findall(r"\(explain ([a-z-]+)\)", node.value):
                    assert code in known, name
