"""Answers for configure: the table, and the site file that is made of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.support.plans import plan_for
from wizard.catalogue.store import catalogue
from wizard.plan.answers import NONE, known, site_text
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a


def configure(plan: Plan) -> a.Run:
    stage = next(stage for stage in plan.stages if stage.id == "configure")
    return next(action for action in stage.actions if isinstance(action, a.Run))


def test_each_table_is_of_a_toolchain_and_a_c_library_of_the_catalogue() -> None:
    for answers in known():
        toolchain = catalogue().toolchains[answers.toolchain]
        assert answers.libc in toolchain.libcs
        assert answers.version == toolchain.version
        assert answers.why


def test_no_question_is_answered_twice_and_each_answer_is_autoconfs() -> None:
    for answers in known():
        kinds = (answers.functions, answers.headers, answers.types, answers.members)
        asked = [len(names) for answer in kinds for names in answer.values()] + [len(answers.other)]
        assert sum(asked) == len(answers.variables())
        assert all(answer.keys() <= {"yes", "no"} for answer in kinds)
        assert all(name.startswith("ac_cv_") for name in answers.variables())


@pytest.mark.parametrize("part", ["sizeof", "alignof", "bigendian", "path_", "prog_", "host", "build", "env_"])
def test_nothing_is_answered_for_a_machine_or_for_this_one(part: str) -> None:
    for answers in known():
        assert [name for name in answers.variables() if name.startswith(f"ac_cv_{part}")] == []


def test_a_shell_takes_the_answers_and_keeps_what_is_set_already(tmp_path: Path) -> None:
    (answers,) = known()
    site = tmp_path / "config.site"
    site.write_text(site_text(answers.toolchain, answers.version, answers.libc))
    read = subprocess.run(
        ["sh", "-euc", 'ac_cv_func_accept=mine; . "$1"; set', "sh", site],
        capture_output=True, text=True, check=True, env={},
    ).stdout  # fmt: skip
    found = dict(line.split("=", 1) for line in read.splitlines() if line.startswith("ac_cv_"))
    assert {name: value.strip("'") for name, value in found.items()} == {
        **answers.variables(),
        "ac_cv_func_accept": "mine",
    }


def test_the_plan_writes_them_before_configure_reads_them(session: Session, tmp_path: Path) -> None:
    plan = plan_for(session, tmp_path / "switch")
    run = configure(plan)
    written = [action.path for stage in plan.stages for action in stage.actions if isinstance(action, a.WriteFile)]
    assert run.env["CONFIG_SITE"] in written


def test_without_answers_no_site_file_of_the_machine_is_read(session: Session, tmp_path: Path) -> None:
    assert site_text("zig", "0.1.0", "musl") == ""
    compilers = {"aarch64-linux-gnu": "/usr/bin/aarch64-linux-gnu-gcc"}
    here = msgspec.structs.replace(session.build_machine, compilers=compilers)
    plan = plan_for(session, tmp_path / "switch", libc="glibc", toolchain="gcc", here=here)
    assert configure(plan).env["CONFIG_SITE"] == NONE
    host = next(stage for stage in plan.stages if stage.id == "host-configure")
    assert [action.env for action in host.actions if isinstance(action, a.Run)] == [{"CONFIG_SITE": NONE}]
