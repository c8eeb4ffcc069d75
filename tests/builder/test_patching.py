"""Patches to a source tree: applied as a whole and where they belong, or refused by name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support.trees import AFTER, BEFORE, DIFF, tree
from wizard.base.errors import BuildError, WizardError
from wizard.builder.execute import apply_patch
from wizard.steps import actions as a

GIT = f"diff --git a/runtime/sys.c b/runtime/sys.c\nindex 1234567..89abcde 100644\n{DIFF}"
MAIL = (
    "From 1234567 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] louder\n\n"
    f"---\n runtime/sys.c | 2 +-\n\n{GIT}-- \n2.39.1\n"
)


def patched(root: Path, text: str) -> bytes:
    apply_patch(a.ApplyPatch("louder.patch", text, str(root)))
    return (root / "runtime" / "sys.c").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        DIFF,
        GIT,
        MAIL,
        DIFF.replace("sys.c\n", "sys.c\t2024-01-01 12:00:00\n"),
        DIFF.replace("a/", "ocaml-5.3.0.orig/").replace("b/", "ocaml-5.3.0/"),
        f"Makes it louder.\nSigned-off-by: me\n\n{DIFF}",
    ],
    ids=["plain", "git diff", "git format-patch", "with dates", "other folders", "with a description"],
)
def test_a_patch_that_fits_is_applied(text: str, tmp_path: Path) -> None:
    assert patched(tree(tmp_path), text) == AFTER


def test_a_patch_may_be_applied_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert patched(tree(tmp_path / "my tree"), DIFF) == AFTER
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_patch_of_a_file_at_the_top_is_applied(tmp_path: Path) -> None:
    tree(tmp_path, {"configure": BEFORE})
    apply_patch(a.ApplyPatch("x", DIFF.replace("runtime/sys.c", "configure"), str(tmp_path)))
    assert (tmp_path / "configure").read_bytes() == AFTER


def test_a_patch_of_two_files_changes_both(tmp_path: Path) -> None:
    tree(tmp_path, {"runtime/deep/unix.c": BEFORE})
    patched(tmp_path, DIFF + DIFF.replace("sys.c", "deep/unix.c"))
    assert (tmp_path / "runtime" / "sys.c").read_bytes() == AFTER
    assert (tmp_path / "runtime" / "deep" / "unix.c").read_bytes() == AFTER


@pytest.mark.parametrize(
    "head", ["", "diff --git a/runtime/new.c b/runtime/new.c\nnew file mode 100644\n"], ids=["plain", "git"]
)
def test_a_patch_may_make_a_file(head: str, tmp_path: Path) -> None:
    patched(tree(tmp_path), f"{head}--- /dev/null\n+++ b/runtime/new.c\n@@ -0,0 +1,2 @@\n+a\n+b\n")
    assert (tmp_path / "runtime" / "new.c").read_bytes() == b"a\nb\n"


@pytest.mark.parametrize(
    "head", ["", "diff --git a/runtime/sys.c b/runtime/sys.c\ndeleted file mode 100644\n"], ids=["plain", "git"]
)
def test_a_patch_may_remove_a_file(head: str, tmp_path: Path) -> None:
    tree(tmp_path)
    text = f"{head}--- a/runtime/sys.c\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-one\n-two\n-three\n"
    apply_patch(a.ApplyPatch("x", text, str(tmp_path)))
    assert not (tmp_path / "runtime" / "sys.c").exists()


def test_a_patch_keeps_the_mode_of_its_file(tmp_path: Path) -> None:
    tree(tmp_path, {"configure": BEFORE})
    (tmp_path / "configure").chmod(0o755)
    apply_patch(a.ApplyPatch("x", DIFF.replace("runtime/sys.c", "configure"), str(tmp_path)))
    assert stat.S_IMODE((tmp_path / "configure").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (DIFF.replace("-two", "-deux"), "patch-does-not-fit"),
        (DIFF.replace("sys.c", "absent.c"), "patch-does-not-fit"),
        (DIFF.replace("-two\n+TWO", "-two\n+two"), "patch-does-not-fit"),
        (DIFF + DIFF.replace("sys.c", "other.c").replace("-two", "-deux"), "patch-does-not-fit"),
        ("", "patch-not-a-diff"),
        ("just some words\n", "patch-not-a-diff"),
        ("\0\x01\x02", "patch-not-a-diff"),
        ("--- a/x\n+++ b/x\n", "patch-not-a-diff"),
    ],
    ids=[
        "does not fit",
        "absent file",
        "changes nothing",
        "second does not fit",
        "empty",
        "words",
        "binary",
        "no hunk",
    ],
)
def test_a_patch_that_does_nothing_right_is_refused_by_name(text: str, code: str, tmp_path: Path) -> None:
    tree(tmp_path, {"runtime/other.c": BEFORE})
    with pytest.raises(BuildError, match=r"louder\.patch") as raised:
        patched(tmp_path, text)
    assert raised.value.code == code


def test_a_patch_that_is_applied_already_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as raised:
        patched(tree(tmp_path, {"runtime/sys.c": AFTER}), DIFF)
    assert raised.value.code == "patch-does-not-fit"


def test_a_patch_of_which_one_file_is_left_unchanged_is_refused(tmp_path: Path) -> None:
    tree(tmp_path, {"runtime/unix.c": AFTER})
    with pytest.raises(BuildError) as raised:
        patched(tmp_path, DIFF + DIFF.replace("sys.c", "unix.c"))
    assert raised.value.code == "patch-does-not-fit"


@pytest.mark.parametrize("name", ["../evil", "../../evil", "/evil"])
def test_a_patch_stays_in_its_tree(name: str, tmp_path: Path) -> None:
    tree(tmp_path / "tree")
    (tmp_path / "evil").write_bytes(BEFORE)
    text = DIFF.replace("a/runtime/sys.c", f"a/{name}").replace("b/runtime/sys.c", f"b/{name}")
    with pytest.raises(WizardError):
        apply_patch(a.ApplyPatch("x", text, str(tmp_path / "tree")))
    assert (tmp_path / "evil").read_bytes() == BEFORE
