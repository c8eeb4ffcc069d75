"""What the commands print: whole, in order, and nothing left out that a build does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.fakes import REAL
from tests.support.properties import given
from wizard.catalogue.presets import Preset, load_preset, shipped_presets
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.check.findings import Finding, Fix
from wizard.faces.text import plans
from wizard.plan.model import Plan
from wizard.session.session import Checked, Session
from wizard.steps.recipes import recipes

cells = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), max_size=8)
rows = st.lists(st.tuples(cells, cells, cells), max_size=5)


@given(header=st.tuples(cells, cells, cells), body=rows)
def test_a_tables_columns_stand_under_each_other(
    header: tuple[str, str, str], body: list[tuple[str, str, str]]
) -> None:
    lines = plans.table(header, body).split("\n")
    assert len(lines) == len(body) + 2
    dashes = lines[1]
    starts = [0, dashes.find(" ") + 2] if " " in dashes.strip() else [0]
    for row, line in zip([header, *body], [lines[0], *lines[2:]], strict=True):
        assert line == line.rstrip()
        assert line.split() == [cell for cell in row if cell]
        if len(starts) == 2 and dashes[:1] == "-" and row[1]:
            assert line[starts[1] :].startswith(row[1]) or not dashes[: starts[1]].strip()


@pytest.fixture
def checked(session: Session, tmp_path: Path) -> Checked:
    return session.check(Preset(Selection(target="aarch64-linux"), title="mine"), tmp_path / "switch")


@pytest.fixture(params=[id_ for id_, release in REAL.releases.items() if release.recipe in recipes()])
def plan(request: pytest.FixtureRequest, session: Session, tmp_path: Path) -> Plan:
    (tmp_path / "fix.patch").write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", encoding="utf-8")
    selection = Selection(target="aarch64-linux", release=request.param, patches=(str(tmp_path / "fix.patch"),))
    return session.plan(session.check_selection(selection, tmp_path / "switch"))


def test_a_finding_is_shown_with_its_reason_and_every_fix() -> None:
    finding = Finding(
        "cc-missing", "error", "", "what", "why", (Fix("install it", command="apt x"), Fix("or not"))
    )
    assert plans.finding_text(finding).splitlines() == [
        "error[cc-missing]: what",
        "  why: why",
        "  fix: install it: apt x",
        "  fix: or not",
    ]


def test_a_check_says_who_is_who_and_what_follows(checked: Checked) -> None:
    shown = plans.checked_text(checked)
    for words in ("OCaml 5.3.0", "x86_64-linux", "aarch64-linux", "musl", "zig", str(checked.prefix), "word_size"):
        assert words in shown
    assert shown.endswith("verdict: it can be built")
    for finding in checked.findings:
        assert finding.what in shown


def test_a_check_that_refuses_says_so(session: Session, tmp_path: Path) -> None:
    refused = session.check_selection(Selection(target="aarch64-linux", host_compiler="path"), tmp_path / "s")
    shown = plans.checked_text(refused)
    assert "error[host-compiler-missing]" in shown
    assert "it cannot be built" in shown
    assert json.loads(plans.checked_json(refused))["possible"] is False


def test_a_check_as_json_has_the_same_findings(checked: Checked) -> None:
    data = json.loads(plans.checked_json(checked))
    assert data["possible"] is True
    assert data["triplet"] == "aarch64-linux-musl"
    assert data["prefix"] == str(checked.prefix)
    assert [one["code"] for one in data["findings"]] == [finding.code for finding in checked.findings]
    assert {row["name"] for row in data["constants"]} >= {"word_size", "ostype_unix"}


def test_the_text_of_a_plan_leaves_nothing_out(plan: Plan) -> None:
    shown = plans.plan_text(plan)
    for flag in (*plan.flags, *plan.host_flags):
        assert f"{flag.flag}\n      {flag.reason}" in shown
    for variable in plan.environment:
        assert f"{variable.name}={variable.value}\n      {variable.reason}" in shown
    for stage in plan.stages:
        assert stage.title in shown
        for action in stage.actions:
            assert action.describe() in shown
    for wrapper in plan.wrappers:
        for line in wrapper.text.splitlines():
            assert f"  | {line}" in shown
    for file in plan.switch_files:
        assert file.path.replace(plan.staging, plan.prefix) in shown
    for patch in plan.patches:
        assert f"{patch.name} (sha256 {patch.sha256})" in shown


def test_the_stages_of_a_plan_are_numbered_in_order(plan: Plan) -> None:
    shown = plans.plan_text(plan)
    places = [shown.index(f"Stage {n}/{len(plan.stages)} {stage.id}: ") for n, stage in enumerate(plan.stages, 1)]
    assert places == sorted(places)


def test_every_target_of_the_catalogue_is_listed() -> None:
    shown, data = plans.targets_text(catalogue()), json.loads(plans.targets_json(catalogue()))
    expected = {triplet for libc in REAL.libcs.values() for triplet in libc.triplets.values()}
    assert {one["triplet"] for one in data} == expected
    assert all(one["toolchains"] and one["releases"] for one in data)
    assert all(triplet in shown for triplet in expected)


def test_every_shipped_preset_is_listed() -> None:
    found = {name: load_preset(path, REAL) for name, path in shipped_presets().items()}
    shown, data = plans.presets_text(found), json.loads(plans.presets_json(found))
    assert list(data) == list(found)
    for name, preset in found.items():
        assert name in shown
        assert preset.about in shown
        assert data[name]["selection"]["target"] == preset.selection.target
