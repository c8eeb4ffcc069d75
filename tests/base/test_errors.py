"""Errors as values: unique codes, the same after the journal, the same few lines in every face."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.base.errors import (
    BuildError,
    BusyError,
    CancelledError,
    FolderError,
    InputError,
    MissingError,
    ProofError,
    RefusedError,
    WizardError,
    exit_code_table,
    rebuild_error,
)

KINDS = [
    WizardError, InputError, RefusedError, MissingError, BuildError, ProofError, FolderError, BusyError,
    CancelledError,
]  # fmt: skip


def test_every_kind_of_error_is_listed_here() -> None:
    assert set(WizardError.__subclasses__()) == set(KINDS[1:])


def test_exit_codes_are_unique_and_none_means_success_or_wrong_usage() -> None:
    codes = [kind.exit_code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert not {0, 2} & set(codes)
    assert all(0 < code < 256 for code in codes)


def test_the_exit_codes_are_those_that_were_promised() -> None:
    assert [kind.exit_code for kind in KINDS] == [1, 3, 4, 5, 6, 7, 8, 9, 130]


def test_the_table_has_every_code_once_in_order_with_its_meaning() -> None:
    table = exit_code_table()
    assert [code for code, _ in table] == sorted({0, 2, *(kind.exit_code for kind in KINDS)})
    assert all(meaning for _, meaning in table)
    assert len({meaning for _, meaning in table}) == len(table)


@pytest.mark.parametrize("kind", KINDS)
@given(code=st.text(), what=st.text(), why=st.text(), fix=st.text())
def test_an_error_comes_back_from_the_journal_as_it_was(
    kind: type[WizardError], code: str, what: str, why: str, fix: str
) -> None:
    error = kind.from_texts(code, what, why, fix)
    again = rebuild_error(error.as_dict())
    assert type(again) is kind
    assert again.as_dict() == error.as_dict()
    assert again.render() == error.render()


def test_an_error_of_an_unknown_kind_is_still_an_error() -> None:
    again = rebuild_error({"code": "x", "exit_code": 99, "what": "y"})
    assert type(again) is WizardError
    assert again.render() == "error[x]: y"


@pytest.mark.parametrize(
    ("why", "fix", "text"),
    [
        ("", "", "error[no-file]: there is no file"),
        ("it was removed", "", "error[no-file]: there is no file\n  why: it was removed"),
        ("", "make one", "error[no-file]: there is no file\n  fix: make one"),
        ("it was removed", "make one", "error[no-file]: there is no file\n  why: it was removed\n  fix: make one"),
    ],
)
def test_an_error_is_shown_with_what_it_has(why: str, fix: str, text: str) -> None:
    assert InputError.from_texts("no-file", "there is no file", why, fix).render() == text


def test_an_error_says_what_happened_when_it_is_printed() -> None:
    assert str(BuildError.from_texts("x", "what happened")) == "what happened"


def test_an_error_takes_its_words_from_the_catalogue_of_codes() -> None:
    error = InputError("not-a-build", folder="/x/y", reason="no plan.json")
    assert error.as_dict() == {
        "code": "not-a-build",
        "exit_code": 3,
        "what": "/x/y is no build",
        "why": "no plan.json",
        "fix": "see the list of builds",
    }


def test_a_form_is_another_message_of_the_same_code() -> None:
    assert InputError("build-unknown", build="x", hint="did you mean y?").what == "there is no build 'x'"
    assert InputError("build-unknown", "none").what == "there is no build yet"


def test_braces_in_the_users_own_text_stay_as_they_are() -> None:
    assert InputError("build-unknown", build="{x}", hint="").what == "there is no build '{x}'"


@pytest.mark.parametrize(("code", "form"), [("no-such-code", ""), ("build-unknown", "no-such-form")])
def test_a_code_without_words_is_a_defect(code: str, form: str) -> None:
    with pytest.raises(KeyError):
        InputError(code, form, build="x", hint="")


def test_an_error_of_an_old_journal_keeps_the_words_it_was_written_with() -> None:
    old: dict[str, str | int] = {
        "code": "not-a-build",
        "exit_code": 3,
        "what": "/x is none",
        "why": "",
        "fix": "look elsewhere",
    }
    assert rebuild_error(old).as_dict() == old
