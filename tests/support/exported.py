"""Scripts exported from small plans, and a work folder to run them in."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.support.scripts import write
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.export.relocation import FOLDERS, SWITCHES, WORK, debian
from wizard.export.shell_script import script
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.drafts import sha256
from wizard.steps.stage import Stage

BUILD = f"{WORK}/state/builds/small"
PROGRAMS = (
    "sh", "dash", "bash", "env", "cat", "cp", "mv", "rm", "ln", "mkdir", "chmod", "ls", "sed", "grep", "awk",
    "tar", "gzip", "od", "tail", "head", "cut", "tr", "sha256sum", "cksum", "date", "uname", "getconf", "touch",
    "sleep", "kill", "install", "find", "patch", "dd", "sha512sum",
)  # fmt: skip
"""What a test's PATH holds, so that nothing of this machine is taken by chance."""


def archive(path: Path, files: dict[str, bytes]) -> Source:
    """An archive of these files, and where it would come from."""
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            member = path.with_name("member")
            member.write_bytes(data)
            member.chmod(0o777)
            tar.add(member, name)
    return Source("official", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), address="https://x")


ZIG = '#!/bin/sh\n[ "$1" = version ] && echo 0.17.0\n'


def wheel(folder: Path, text: str = ZIG) -> Path:
    """A folder like that of the wheel that holds zig."""
    (folder / "lib").mkdir(parents=True)
    (folder / "zig").write_text(text)
    (folder / "zig").chmod(0o755)
    return folder


def zig_action(source: Path) -> a.PlaceToolchain:
    """The action that keeps it."""
    return a.PlaceToolchain(str(source), f"{WORK}/kept/toolchains/zig-0.17.0")


def in_build(name: str) -> str:
    """A path in the build folder of a small plan."""
    return f"{BUILD}/{name}"


def portable_plan(**chosen: object) -> Plan:
    """The plan of an ordinary selection, made to be exported from an ordinary Debian."""
    selection = msgspec.structs.replace(Selection(target="aarch64-linux", toolchain="zig"), **chosen)
    return Session(FOLDERS, debian(catalogue())).plan_elsewhere(Preset(selection), None, SWITCHES)


def stage(
    id_: str, *actions: a.AnyAction, outputs: tuple[str, ...] = (), home: str = BUILD, salt: str = ""
) -> Stage:
    """A stage of these actions. salt: changes its digest."""
    digest = sha256([salt, *(msgspec.json.encode(action).decode() for action in actions)])
    return Stage(id_, f"The stage {id_}", "For a test.", home, actions, outputs, digest, False, 1.0, 1)


def small_plan(prefix: str, *stages: Stage, **changes: object) -> Plan:
    """A plan of these stages alone, with the environment of an ordinary one."""
    plan = portable_plan()
    environment = tuple(
        msgspec.structs.replace(one, value=one.value.replace(plan.build_folder, BUILD)) for one in plan.environment
    )
    plan = msgspec.structs.replace(
        plan, build_folder=BUILD, staging=f"{BUILD}/staging", environment=environment, prefix=prefix, stages=stages
    )
    return msgspec.structs.replace(plan, **changes)


@dataclass
class Exported:
    """A script, its work folder, and a PATH of its own."""

    root: Path
    shell: str = "sh"

    @property
    def work(self) -> Path:
        """The work folder."""
        return self.root / "work"

    @property
    def build(self) -> Path:
        """The build folder of a small plan."""
        return Path(BUILD.replace(WORK, str(self.work)))

    @property
    def bin(self) -> Path:
        """The only folder on PATH."""
        folder = self.root / "bin"
        if not folder.exists():
            folder.mkdir()
            for name in PROGRAMS:
                found = shutil.which(name)
                if found:
                    (folder / name).symlink_to(found)
        return folder

    def tool(self, name: str, text: str) -> None:
        """Put a program of the test's own on PATH."""
        (self.bin / name).unlink(missing_ok=True)
        write(self.bin / name, text)

    def start(self, plan: Plan, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start the script of a plan."""
        path = self.root / "script.sh"
        path.write_text(script(plan), encoding="utf-8")
        environment = {"PATH": str(self.bin), "OCW_WORK": str(self.work), "OCW_JOBS": "1", **env}
        return subprocess.Popen(
            [shutil.which(self.shell) or self.shell, str(path), *words], cwd=self.root, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def run(self, plan: Plan, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a plan to its end."""
        with self.start(plan, *words, **env) as process:
            output, complaint = process.communicate(timeout=60)
        return subprocess.CompletedProcess([], process.returncode, output, complaint)

    def does(self, *actions: a.AnyAction, **env: str) -> subprocess.CompletedProcess[str]:
        """Run one stage of these actions."""
        return self.run(small_plan(str(self.root / "switch"), stage("only", *actions)), **env)

    def log(self, id_: str = "only") -> str:
        """The log of a stage."""
        return (self.build / "logs" / f"{id_}.log").read_text(encoding="utf-8")
