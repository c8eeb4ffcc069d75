"""The catalogue of codes: every code that is raised has its words there, and gets exactly the names they need."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import wizard
from wizard.base import codes
from wizard.base.codes import ErrorEntry, FindingEntry
from wizard.base.errors import WizardError, kind_named

PACKAGE = Path(wizard.__file__).parent
CLASSES = {"WizardError", *(kind.__name__ for kind in WizardError.__subclasses__())}

# Where the code of an error or the form of its message is worked out.
WORKED_OUT = {
    "base/files.py": "save_text: the caller names the code",
    "base/tomlfile.py": "the code is that of the file and that of the problem",
    "machine/disk_space.py": "place_error: the code is that of the system's error",
}


class Raised(NamedTuple):
    """A place in the source where an error is made, with the code and the forms that its text names."""

    where: str
    kind: str
    code: str
    forms: tuple[str, ...]
    names: frozenset[str]


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8"))


def texts_of(node: ast.expr | None) -> tuple[str, ...] | None:
    """The texts that an expression may be: a text, or one of two; None for anything else."""
    if node is None:
        return ("",)
    if isinstance(node, ast.IfExp):
        left, right = texts_of(node.body), texts_of(node.orelse)
        return None if left is None or right is None else (*left, *right)
    return (node.value,) if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def raised() -> Iterator[Raised]:
    for name, tree in sources():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if not isinstance(call.func, ast.Name) or call.func.id not in CLASSES:
                continue
            where = f"{name}:{call.lineno}"
            assert 1 <= len(call.args) <= 2, f"{where}: a code, perhaps a form, and names; no sentence"
            found = texts_of(call.args[0]), texts_of(call.args[1] if len(call.args) == 2 else None)
            if found[0] is None or found[1] is None:
                assert name in WORKED_OUT, f"{where}: which code is this?"
                continue
            names = frozenset(keyword.arg or "**" for keyword in call.keywords)
            for code in found[0]:
                yield Raised(where, call.func.id, code, found[1], names)


RAISED = tuple(raised())
ENTRIES: dict[str, ErrorEntry | FindingEntry] = {**codes.errors(), **codes.findings()}
"""What an error may take its words from."""


def of_files() -> dict[str, str]:
    """By code where it comes from, for the problems of files in TOML and for what `save_text` may end with."""
    found: dict[str, str] = {"file-not-written": "save_text"}
    for name, tree in sources():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            function = getattr(call.func, "attr", getattr(call.func, "id", ""))
            for keyword in call.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    code = str(keyword.value.value)
                    if function == "save_text":
                        found[code] = name
                    elif function in ("load", "parse"):
                        problems = (one for one in codes.errors() if one.startswith(f"{code}-"))
                        found |= dict.fromkeys(problems, name)
    found |= {code: "tomlfile" for code in codes.errors() if code.startswith("preset-")}
    return found


def from_system() -> set[str]:
    from wizard.machine.disk_space import _CAUSES

    return {code for code, _form in _CAUSES.values()} | {"folder-refused"}


def test_the_source_was_read() -> None:
    assert len(RAISED) > 120
    assert {"source-not-reached", "defect", "not-a-build"} <= {one.code for one in RAISED}


@pytest.mark.parametrize("site", RAISED, ids=lambda site: f"{site.where}-{site.code}")
def test_an_error_is_raised_with_a_code_and_the_names_of_its_words(site: Raised) -> None:
    needed: set[str] = set()
    for form in site.forms:
        said = codes.message(site.code, form)
        assert said.fields <= site.names, f"{form}: names are missing"
        needed |= said.fields
    assert site.names == needed, "names that no text holds"
    if site.code in codes.errors():
        assert kind_named(codes.errors()[site.code].kind).__name__ == site.kind


def test_no_code_and_no_form_is_there_that_nothing_raises() -> None:
    used = {(one.code, form) for one in RAISED for form in one.forms}
    elsewhere = {*of_files(), *from_system()}
    assert {code for code in codes.errors() if code not in elsewhere} == {
        code for code, _form in used if code in codes.errors() and code not in elsewhere
    }
    forms = {(code, form) for code, entry in ENTRIES.items() for form in entry.form if code not in elsewhere}
    assert forms == {(code, form) for code, form in used if form and code not in elsewhere}


def test_findings_errors_and_checks_have_codes_of_their_own() -> None:
    """A code that two of them have would mean two things."""
    groups = [set(codes.findings()), set(codes.errors()), set(codes.checks())]
    assert sum(len(group) for group in groups) == len(set().union(*groups))


@pytest.mark.parametrize("code", sorted({*codes.findings(), *codes.errors(), *codes.checks()}))
def test_a_code_is_kebab_case(code: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)


@pytest.mark.parametrize("code", sorted(codes.errors()))
def test_the_words_of_an_error_are_whole(code: str) -> None:
    entry = codes.errors()[code]
    for form in ("", *entry.form):
        said = entry.said(form)
        assert said.what
        for text in (said.what, said.why, said.fix, entry.background, entry.confirm, *entry.cure):
            assert text == text.strip()
        filled = said.filled(dict.fromkeys(said.fields, "x"))
        assert "{" not in f"{filled.what}{filled.why}{filled.fix}"
    assert not entry.background or entry.background.endswith((".", "]"))
    assert re.sub(r"\{[^}]*\}|\W", "", entry.said().why) or entry.background, "nothing says why"


def test_a_form_differs_from_the_usual_message() -> None:
    for code, entry in ENTRIES.items():
        for form in entry.form:
            assert entry.said(form) != entry.said(), f"{code}: {form}"


def test_a_file_that_is_a_part_of_the_wizard_is_not_for_the_user_to_correct() -> None:
    assert codes.message("catalogue-syntax").fix.startswith("install the wizard again")
    assert codes.message("preset-syntax").fix == "correct that line"
    assert "catalogue-not-found" not in codes.errors()


def test_the_code_in_an_errors_own_words_is_one_that_there_is() -> None:
    """An error that says `explain CODE` names a code that there is."""
    known = {*codes.findings(), *codes.errors(), *codes.checks()}
    for code, entry in ENTRIES.items():
        for form in ("", *entry.form):
            for named in re.findall(r"\(explain ([a-z-]+)\)", entry.said(form).fix):
                assert named in known, code


def test_the_mechanism_has_no_word_of_ocaml() -> None:
    assert "ocaml" not in (PACKAGE / "base" / "codes" / "__init__.py").read_text(encoding="utf-8").lower()
