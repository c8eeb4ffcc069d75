"""Named tasks: `nox -l` lists them, `nox -s lint types` runs some, `nox` those that a pull request needs.

They use the environment that nox itself is installed in (`pip install -e '.[test]'`), so that nothing is installed
again and they work without a network.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "imports", "tests", "docs"]

FAST = ("-m", "not build")


def python(session: nox.Session, *words: str) -> None:
    """Run the Python of this environment, also where the environment is not activated."""
    session.run(sys.executable, *words, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """All fast tests, side by side; further words go to pytest."""
    python(session, "-m", "pytest", *FAST, "-n", "2", *session.posargs)


@nox.session
def room(session: nox.Session) -> None:
    """The tests of one room: `nox -s room -- check`, `nox -s room -- faces/cli`."""
    if not session.posargs:
        session.error("name the room: nox -s room -- check")
    rooms = [f"tests/{name}" for name in session.posargs]
    python(session, "-m", "pytest", *FAST, "-q", *rooms)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common mistakes; `nox -s lint -- --fix` repairs what can be repaired."""
    python(session, "-m", "ruff", "check", ".", *session.posargs)
    python(session, "-m", "ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types."""
    python(session, "-m", "mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """The rooms import downward only."""
    session.run(str(Path(sys.executable).with_name("lint-imports")), external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into site/, with every warning an error; `nox -s docs -- serve` shows it while you write."""
    words = session.posargs if session.posargs[:1] == ["serve"] else ["build", "--strict", *session.posargs]
    python(session, "-m", "mkdocs", *words)


@nox.session
def builds(session: nox.Session) -> None:
    """Real builds of OCaml, about half an hour; they need the network, or OCW_SOURCES."""
    python(session, "-m", "pytest", "-m", "build", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure: the matrix, the log, the keys. `nox -s bench -- builds` compares builds with the plain recipe."""
    for name in session.posargs or ["matrix", "log", "keys"]:
        python(session, "-m", f"tests.benchmarks.{name}")


@nox.session
def coverage(session: nox.Session) -> None:
    """Which lines the fast tests reach; the report goes to htmlcov/."""
    report = ("--cov=wizard", "--cov-report=term-missing:skip-covered", "--cov-report=html")
    python(session, "-m", "pytest", *FAST, "-n", "2", *report, *session.posargs)


@nox.session
def engine_coverage(session: nox.Session) -> None:
    """Which lines of the engine, the rules and the recipes the fast tests of these rooms reach."""
    rooms = ("builder", "builds", "check", "steps", "plan")
    measured = [f"--cov=wizard.{room}" for room in rooms]
    tests = [f"tests/{room}" for room in (*rooms, "toolchains")]
    report = "--cov-report=term-missing:skip-covered"
    python(session, "-m", "pytest", *FAST, "-q", "-n", "2", *measured, report, *tests, *session.posargs)
