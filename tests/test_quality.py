"""The tree itself: style, types, layers, sizes, and nothing in it that belongs to one machine."""

from __future__ import annotations

import ast
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

TEXT = {".py", ".toml", ".md", ".tcss", ".ml", ".yml", ".yaml", ".sh", ".expected", ".svg", ".raw", ".META", ""}


def tracked() -> list[Path]:
    """Every file of the tree that is no machine's own: what git knows or would add, else all but caches."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        ended = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True,
        )  # fmt: skip
        return [ROOT / name for name in ended.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and "cache" not in str(path.relative_to(ROOT))]


FILES = tracked()
CODE = [path for path in FILES if path.suffix == ".py"]


TASKS = {
    "lint": ["ruff check", "ruff format"],
    "types": ["mypy"],
    "imports": ["lint-imports"],
    "docs": ["mkdocs build --strict"],
}
"""What looks at the whole tree, by the task of noxfile.py: half a minute each, so they run beside the tests."""


def test_style_types_and_layers_are_tasks_that_ci_runs_beside_the_tests() -> None:
    functions = {
        node.name: " ".join(
            word.value for word in ast.walk(node) if isinstance(word, ast.Constant) and isinstance(word.value, str)
        )
        for node in ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    for task, tools in TASKS.items():
        for tool in tools:
            assert set(tool.split()) <= set(functions[task].split()), tool
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"nox -s {' '.join(TASKS)} " in ci
    assert 'wait "$tasks" || failed' in ci


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_file_is_short_enough_to_be_read() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {name: lines for name, lines in sizes.items() if lines >= 500} == {}


def test_every_module_says_what_it_is_for() -> None:
    texts = {named(path): path.read_text(encoding="utf-8") for path in CODE}
    assert [name for name, text in texts.items() if text.strip() and not text.startswith('"""')] == []


# Written in pieces, so that this file does not hold what it looks for.
PLACES = re.compile(
    "|".join(
        [
            "/" + "root/",
            "/" + "work/",
            r"/" + r"home/(?!me/|user/|you/|other/|ci/)\w+/",
            "/" + "Users/",
            r"\.py" + r"env",
        ]
    )
)
REGISTRIES = re.compile(
    "|".join(
        re.escape("".join(parts))
        for parts in [
            ("registry.", "npmjs.org"),
            ("pypi.", "org/simple"),
            ("files.", "pythonhosted.org"),
            ("deb.", "debian.org"),
            ("snapshot.", "debian.org"),
            ("proxy.", "golang.org"),
        ]
    )
)


def readable() -> list[Path]:
    return [path for path in FILES if path.suffix in TEXT]


@pytest.mark.parametrize("wanted", [PLACES, REGISTRIES], ids=["a path of a machine", "a registry's host"])
def test_the_tree_does_not_hold(wanted: re.Pattern[str]) -> None:
    found = []
    for path in readable():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if wanted.search(line):
                found.append(f"{named(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_no_large_file_is_in_the_tree() -> None:
    assert [named(path) for path in FILES if path.stat().st_size > 1 << 20] == []


def test_no_file_has_windows_line_ends_or_tabs_for_indents() -> None:
    for path in CODE:
        data = path.read_bytes()
        assert b"\r\n" not in data, named(path)
        assert b"\n\t" not in data, named(path)


def test_what_is_in_the_wheel_is_what_the_code_reads() -> None:
    """Every data file that the package opens lies inside the package, or is mapped into it."""
    assert (ROOT / "presets").is_dir()
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]["presets"] == "wizard/presets"


def test_every_import_of_the_package_is_a_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=;\[ ]", one)[0].lower().replace("-", "_") for one in project["dependencies"]}
    provided = {"pyelftools": "elftools", "backports.tarfile": "backports", "ziglang": "ziglang", "pyyaml": "yaml"}
    allowed = {provided.get(name, name) for name in declared} | {"wizard", "rich"} | set(sys.stdlib_module_names)
    for path in CODE:
        if path.relative_to(ROOT).parts[0] != "wizard":
            continue  # tests, tasks and the documentation have extras of their own
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)]
        imported += [node.module or "wizard" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        for module in {name.partition(".")[0] for name in imported}:
            assert module in allowed, f"{named(path)} imports {module}"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_a_test_that_wants_to_leave_this_machine_fails(family: socket.AddressFamily) -> None:
    """Addresses that are reserved for documentation: nobody answers there."""
    address = ("192.0.2.1", 9) if family is socket.AF_INET else ("2001:db8::1", 9)
    with socket.socket(family) as outside, pytest.raises(pytest.fail.Exception, match="leave this machine"):
        outside.connect(address)
