"""The Dockerfile of a switch: right by hadolint, its scripts those of the plan, its first layers shared."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.exported import portable_plan
from tests.support.own_tools import own_tool
from wizard.export.dockerfile import dockerfile
from wizard.export.relocation import WORK, zig_of
from wizard.export.shell_script import script
from wizard.plan.host_part import host_plan
from wizard.plan.model import Plan
from wizard.steps.actions import WriteFile

PLANS = {
    "zig": portable_plan(),
    "another zig": portable_plan(target="riscv64-linux"),
    "gcc": portable_plan(libc="glibc", toolchain="auto"),
    "a foreign host": portable_plan(target="armv7-linux", release="4.14.1", host="i686-linux"),
    "unikernels": portable_plan(target="x86_64-solo5", libc="auto", toolchain="auto"),
    "Cosmopolitan": portable_plan(target="x86_64-linux", libc="cosmopolitan", toolchain="auto", release="4.14.1"),
    "Windows": portable_plan(target="x86_64-windows", release="5.4.1", libc="auto", toolchain="auto"),
}
each = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())


@each
def test_hadolint_has_nothing_to_say(plan: Plan) -> None:
    ended = subprocess.run(
        [own_tool("hadolint"), "--no-color", "-"],
        input=dockerfile(plan),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "")


def documents(text: str) -> dict[str, str]:
    """The files that its here-documents make, by name."""
    found = re.findall(r"^COPY <<'(\w+)' (\S+)\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)
    return {name: document for _end, name, document in found}


@each
def test_its_scripts_are_those_of_the_plan(plan: Plan) -> None:
    host = host_plan(plan)
    assert host
    assert documents(dockerfile(plan)) == {"/host.sh": script(host), "/switch.sh": script(plan)}


def instructions(text: str) -> list[str]:
    """The instructions without the here-documents and comments, each on one line."""
    plain = re.sub(r"(<<'(\w+)' \S+\n).*?^\2$", r"\1", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in plain.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    return [" ".join(line.split()) for line in lines]


@each
def test_stages_follow_from_each_other_and_the_image_is_a_users(plan: Plan) -> None:
    lines = instructions(dockerfile(plan))
    froms = [line.split() for line in lines if line.startswith("FROM")]
    names = [words[3] for words in froms[:-1]]
    assert names[0] == "base"
    assert {"host", "switch"} <= set(names)
    for words in froms:
        assert words[1] in names or ":" in words[1]
    for line in lines:
        for source in re.findall(r"--from=(\S+)", line):
            assert source in names
    assert lines.index("USER 1000:1000") > lines.index(" ".join(froms[-1]))
    assert lines[-1] == 'CMD ["ocamlopt", "-config"]'
    assert ("ocamlopt -c" if plan.target == "x86_64-solo5" else "ocamlopt -o") in lines[-2]


def host_part(plan: Plan) -> str:
    text = dockerfile(plan)
    return text[: text.index("sh /host.sh")]


def test_targets_of_a_release_share_the_layers_of_the_host_compiler() -> None:
    assert host_part(PLANS["zig"]) == host_part(PLANS["another zig"]) == host_part(PLANS["gcc"])
    assert host_part(PLANS["zig"]) != host_part(PLANS["Windows"])


def test_only_what_calls_zig_gets_zig() -> None:
    for name, plan in PLANS.items():
        lines = instructions(dockerfile(plan))
        image = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
        assert any("/opt/zig" in line for line in image) is (
            name not in ("gcc", "unikernels", "Cosmopolitan", "Windows")
        )
    host = host_part(PLANS["a foreign host"])
    assert "COPY --from=toolchain" in host
    assert host.index("AS toolchain") < host.index("AS host")


def test_the_image_has_the_cross_gcc_that_its_wrappers_call() -> None:
    lines = instructions(dockerfile(PLANS["gcc"]))
    image = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    assert any("gcc-aarch64-linux-gnu" in line for line in image)
    assert not any("qemu" in line for line in image)


def test_the_compilers_are_of_the_versions_that_this_debian_has() -> None:
    for name, version in (("gcc", "12.2.0"), ("Windows", "12-posix")):
        asked = re.findall(r"^ *check_version \S+ (\S+)$", dockerfile(PLANS[name]), re.MULTILINE)
        assert asked == [version]


@each
def test_the_same_plan_gives_the_same_dockerfile(plan: Plan) -> None:
    assert dockerfile(plan) == dockerfile(plan)


@each
def test_what_the_switch_calls_is_in_the_image_that_stays(plan: Plan) -> None:
    """Each folder of the work folder that a file of the switch names is copied with it, or is zig's."""
    last = instructions(dockerfile(plan))
    last = last[max(number for number, line in enumerate(last) if line.startswith("FROM ")) :]
    copied = [Path(line.split()[-1]) for line in last if line.startswith("COPY --from=")]
    zig = zig_of(plan)
    texts = [
        action.text
        for stage in plan.stages
        for action in stage.actions
        if isinstance(action, WriteFile) and action.path.startswith(plan.staging)
    ]
    assert texts
    named = {path for text in texts for path in re.findall(re.escape(WORK) + r"/[^\s'\"]+", text)}
    for path in (path for path in named if zig is None or Path(path) != Path(zig.into)):
        there = Path(path.replace(WORK, "/var/ocaml-cross"))
        assert any(there.is_relative_to(folder) for folder in copied), path
    if zig:
        assert Path("/opt/zig") in copied
