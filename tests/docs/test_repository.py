"""What tools and code hosts read: workflows, forms, hooks, tasks, the project's metadata."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.own_tools import own_tool
from tests.support.pages import WRITTEN
from tests.support.paths import ROOT

GITHUB = ROOT / ".github"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = {
    **dict.fromkeys(WORKFLOWS, "github-workflows"),
    GITHUB / "dependabot.yml": "dependabot",
    GITHUB / "ISSUE_TEMPLATE" / "bug.yml": "github-issue-forms",
    GITHUB / "ISSUE_TEMPLATE" / "target.yml": "github-issue-forms",
    GITHUB / "ISSUE_TEMPLATE" / "config.yml": "github-issue-config",
}


def passes(*words: str | Path) -> None:
    ended = subprocess.run([*map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_for_the_code_host_is_right_by_its_schema(path: Path) -> None:
    passes(own_tool("check-jsonschema"), "--builtin-schema", f"vendor.{SCHEMAS[path]}", path)


def test_every_file_for_the_code_host_has_a_schema_here() -> None:
    assert {path for path in GITHUB.rglob("*") if path.suffix == ".yml"} == set(SCHEMAS)


def test_zizmor_has_nothing_to_say_about_the_workflows() -> None:
    passes(own_tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", GITHUB)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for line in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def versions() -> list[str]:
    named = (found[1] for word in PROJECT["project"]["classifiers"] if (found := re.search(r":: (3\.\d+)$", word)))
    return list(named)


def test_the_tests_run_on_every_python_that_the_project_names() -> None:
    workflow = yaml.safe_load((GITHUB / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["fast"]["strategy"]["matrix"]["python"] == versions()
    assert PROJECT["project"]["requires-python"] == f">={versions()[0]}"


def test_the_form_for_a_failure_asks_for_the_bundle() -> None:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8"))
    (bundle,) = [part for part in form["body"] if part.get("id") == "bundle"]
    assert "ocaml-cross-wizard diagnose --bundle report.tar.gz" in bundle["attributes"]["description"]
    assert bundle["validations"]["required"]


def tasks() -> dict[str, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "nox", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return dict(re.findall(r"^[*-] (\w+) -> (.*)$", ended.stdout, re.MULTILINE))


def test_the_tasks_have_names_and_say_what_they_do() -> None:
    listed = tasks()
    assert set(listed) >= {"tests", "room", "lint", "types", "imports", "docs", "builds", "bench", "coverage"}
    assert all(listed.values())
    workflows = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    called = {
        name
        for line in re.findall(r"nox -s ([\w ]+)", workflows + "".join(WRITTEN.values()))
        for name in line.split()
    }
    assert called <= set(listed)


def test_a_task_runs_in_the_environment_that_nox_is_in() -> None:
    passes(sys.executable, "-m", "nox", "-s", "imports")


def test_the_hooks_are_local_and_call_tools_that_the_project_brings() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repo,) = hooks["repos"]
    assert repo["repo"] == "local"
    assert {hook["id"] for hook in repo["hooks"]} == {"ruff-check", "ruff-format", "mypy", "lint-imports"}
    assert {hook["language"] for hook in repo["hooks"]} == {"system"}
    wanted = " ".join(PROJECT["project"]["optional-dependencies"]["test"])
    for tool in ("ruff", "mypy", "import-linter"):
        assert tool in wanted


def test_every_dependency_of_the_documentation_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^docs = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert block
    assert all("# " in line for line in block[1].splitlines())


def test_the_changelog_begins_with_what_is_not_released() -> None:
    text = WRITTEN["CHANGELOG.md"]
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert any(heading.startswith(PROJECT["project"]["version"]) for heading in headings)
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= {
        "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security",
    }  # fmt: skip
