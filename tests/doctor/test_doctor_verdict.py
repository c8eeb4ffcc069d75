"""The doctor's whole answer: the verdict, what was not looked at, a selection's findings, as text and as JSON."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.doctor_cases import HERE, tools
from tests.support.machines import DISK, HEALTHY, PROBE, change, disk, sick
from tests.support.properties import given
from wizard.base import codes
from wizard.base.errors import kind_named
from wizard.catalogue.selection import Selection
from wizard.check.findings import Finding, Fix, finding
from wizard.doctor.facts import Build, Chosen, Clock, Facts, Limits, Network, Ocaml, Switch, Terminal, Tool
from wizard.doctor.groups import GROUPS
from wizard.doctor.verdict import Diagnosis, Result, examine
from wizard.faces.text.plans import as_json, diagnosis_text

# ---------------------------------------------------------------- all of it


def test_a_healthy_machine_is_healthy() -> None:
    found = examine(HEALTHY)
    assert {result.severity for result in found.results} == {"ok"}
    assert found.skipped == ()
    assert (found.exit_code, found.verdict) == (0, "nothing here prevents a build")
    order = [list(GROUPS).index(result.group) for result in found.results]
    assert order == sorted(order)


def test_failures_are_in_the_verdict_and_give_the_exit_code_of_a_build() -> None:
    found = examine(change(tools(make=None), absent=("awk",), variables={"LD_PRELOAD": "x"}))
    assert found.verdict == "a build cannot work here until this is fixed: make, Unix tools; 1 warning besides"
    assert found.exit_code == kind_named("missing").exit_code
    assert examine(disk(free_mb=1)).exit_code == kind_named("folder").exit_code


def test_warnings_forbid_nothing() -> None:
    found = examine(sick(variables={"OCAMLLIB": "/x", "LD_PRELOAD": "y"}))
    assert (found.exit_code, found.verdict) == (0, "a build can work here; 2 warnings to look at")


def test_what_was_not_looked_at_is_said_with_its_reason() -> None:
    facts = sick(network=None, hosts=None, unseen={"network": "the network was not asked (offline)"})
    found = examine(facts)
    assert {one.code: one.why for one in found.skipped} == {
        "reach-official": "the network was not asked (offline)",
        "reach-npm": "the network was not asked (offline)",
        "reach-debian": "the network was not asked (offline)",
        "host-compilers": "it cannot be seen here",
    }
    shown = diagnosis_text(found)
    assert "official address, npm, Debian: the network was not asked (offline)" in shown


@pytest.mark.parametrize("field", sorted({text.facts for text in codes.checks().values()}))
def test_any_part_may_be_missing(field: str) -> None:
    found = examine(sick(**{field: None}))
    assert {one.code for one in found.skipped} == {c for c, text in codes.checks().items() if text.facts == field}
    assert found.exit_code == 0
    assert "Not looked at" in diagnosis_text(found)


def selected(*findings: Finding, **changes: object) -> Facts:
    return sick(chosen=msgspec.structs.replace(Chosen("OCaml 5.3.0 for x", findings), **changes))


def test_findings_of_the_selection_are_results_too() -> None:
    install = Fix("install it", command="sudo apt-get install gcc-x")
    missing = finding("compiler-missing", (install,), compiler="x-gcc", packages="gcc-x")
    found = examine(selected(missing))
    assert found.results[0] == Result(
        "compiler-missing", "selection", "failure", "toolchain", missing.what, "sudo apt-get install gcc-x"
    )
    assert found.exit_code == kind_named("missing").exit_code
    assert found.verdict == "this selection cannot work here until this is fixed: toolchain"


def test_a_selection_that_is_refused_is_a_failure_though_the_machine_is_healthy() -> None:
    refused = finding("native-back-end", (), release="5.3.0", arch="arm")
    found = examine(selected(refused))
    assert found.exit_code == kind_named("refused").exit_code
    assert found.results[0].fix == ""


def test_the_fix_of_a_selection_is_the_command_for_the_one_that_works() -> None:
    works = Selection("armv7-linux", "musl", "4.14.1", host="i686-linux", toolchain="zig", host_compiler="build")
    refused = finding("native-back-end", (Fix("take it", works),), release="5.3.0", arch="arm")
    assert examine(selected(refused)).results[0].fix == (
        "ocaml-cross-wizard build --target armv7-linux --libc musl --release 4.14.1 --toolchain zig"
        " --host i686-linux --host-compiler build"
    )


def test_a_selection_that_can_be_built_is_said_to_be() -> None:
    note = finding("library-lacking", (), libc="musl", library="x", reason="y")
    found = examine(selected(note))
    assert found.results[0].evidence == "nothing in it speaks against a build"
    assert found.verdict == "nothing here prevents this selection"
    assert found.selection == "OCaml 5.3.0 for x"


def test_what_a_check_says_is_not_said_again_by_a_finding() -> None:
    codes = [
        result.code
        for result in examine(change(tools(make=None), chosen=selected(finding("make-missing")).chosen)).results
    ]
    assert codes.count("make") == 1
    assert "make-missing" not in codes


def test_a_finding_that_is_graver_than_the_check_is_said() -> None:
    """Without zig a build with gcc can work, so the check only warns; the selection that needs zig cannot."""
    missing = finding("toolchain-missing", (), toolchain="zig cc", package="ziglang")
    facts = change(sick(here=change(HERE, zig=None)), chosen=selected(missing).chosen)
    assert [result.code for result in examine(facts).results if result.severity == "failure"] == [
        "toolchain-missing"
    ]


# ---------------------------------------------------------------- as text and as JSON


def test_the_text_names_each_fact_its_code_and_its_fix() -> None:
    shown = diagnosis_text(examine(tools(make=None)), 200)
    assert "  failure  make              neither make nor gmake is on PATH  [make]" in shown
    assert "fix: sudo apt-get install make" in shown
    assert "  ok       C compiler        /usr/bin/gcc, for x86_64-linux-gnu\n" in shown
    assert shown.endswith("verdict: a build cannot work here until this is fixed: make")
    assert [group for group in GROUPS.values() if group not in shown] == ["Your selection"]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_text_fits_its_width(width: int) -> None:
    facts = sick(variables={"OCAMLLIB": "/a/b", "LD_LIBRARY_PATH": "/c/d"}, builds=(Build("b", "failed"),))
    lines = diagnosis_text(examine(facts), width).splitlines()
    longest = max((line for line in lines if "fix:" not in line and "verdict" not in line), key=len)
    assert len(longest) <= max(width, 70), longest


def test_the_json_holds_everything() -> None:
    found = examine(tools(make=None))
    assert msgspec.json.decode(as_json(found), type=Diagnosis) == found


# ---------------------------------------------------------------- any machine

words = st.text(max_size=12)
numbers = st.integers(-1, 10**9)


@given(
    free=numbers, files=st.none() | numbers, folds=st.none() | st.booleans(), path=words, refused=words,
    says=words, problem=words, value=words, soft=numbers, hard=numbers, ahead=st.none() | st.floats(-1e12, 1e12),
    now=st.floats(0, 1e12), path_variable=words,
)  # fmt: skip
def test_no_machine_makes_the_doctor_crash(
    free: int, files: int | None, folds: bool | None, path: str, refused: str, says: str, problem: str, value: str,
    soft: int, hard: int, ahead: float | None, now: float, path_variable: str,
) -> None:  # fmt: skip
    odd = Tool(path, says, problem)
    facts = sick(
        here=change(HERE, path=path_variable, scrubbed=(says,)),
        disks=(
            change(DISK, path=path, place=path, free_mb=free, free_files=files, folds_case=folds, refused=refused),
        ),
        tools={"make": odd, "cc": odd, "zig": odd},
        ocamls=(Ocaml(path, says, value),),
        variables={"OCAMLLIB": value},
        limits=Limits(soft, hard),
        clock=Clock(now, now * 2, path),
        terminal=Terminal(True, says, free, soft, value, hard),
        network=Network((change(PROBE, ahead=ahead, said=says),)),
        switches=(Switch(path, says, problem),),
    )
    found = examine(facts)
    assert len(found.results) == len(codes.checks())
    assert diagnosis_text(found, 80)
