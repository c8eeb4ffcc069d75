"""Draws one SVG for each screen of the running app: `python -m wizard.faces.tui.screenshots [FOLDER]`.

The machine in the pictures is made up, so that they are the same wherever they are drawn.
The build and the result need a real build's folder, which is only read.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from wizard.base.folders import Folders
from wizard.builds.folder import load_job
from wizard.doctor.example import ordinary_machine
from wizard.doctor.facts import Chosen
from wizard.doctor.verdict import Diagnosis, examine
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.screens.monitor import BuildScreen
from wizard.faces.tui.screens.result import ResultScreen
from wizard.machine.survey import Zig, ordinary_linux
from wizard.plan.model import Plan
from wizard.session.session import Session

SIZE = (100, 30)
PLACE = Path("/tmp/ocaml-cross-wizard-pictures")

DEMO = msgspec.structs.replace(
    ordinary_linux(),
    cores=8,
    emulators={"x86_64-linux": "/usr/bin/qemu-x86_64", "aarch64-linux": "/usr/bin/qemu-aarch64"},
    scrubbed=("CFLAGS",),
    zig=Zig("/usr/lib/python3/dist-packages/ziglang", "0.17.0"),
)

DEMO_VARIABLES = {"OCAMLLIB": "/opt/old/lib/ocaml"}

# File name, and the keys that lead there from the picture before.
WAY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("01-welcome", ()),
    ("02-host", ("n",)),
    ("03-target", ("enter",)),
    ("04-libc", ("enter",)),
    ("05-release", ("enter",)),
    ("06-review", ("enter",)),
    ("07-review-flags", ("2",)),
    ("08-review-environment", ("3",)),
    ("09-review-wrappers", ("4",)),
    ("10-review-stages", ("7", "j", "j", "j", "j", "j", "j", "j")),
    ("11-findings", ("escape", "left", "left", "left", "down", "f")),
    ("12-help", ("escape", "question_mark")),
    ("15-explorer", ("escape", "up", "escape", "x")),
    ("16-doctor", ("escape", "d")),
    ("17-explain", ("escape", "c", "slash", *"assembler", "enter")),
)


class DemoSession(Session):
    """A session on the made-up machine."""

    def diagnose(self, *_args: object, **_named: object) -> Diagnosis:
        """What the doctor says of a machine that lacks a few things."""
        facts = ordinary_machine()
        here = msgspec.structs.replace(facts.here, scrubbed=DEMO.scrubbed)
        chosen = Chosen("", ())
        return examine(
            msgspec.structs.replace(facts, here=here, absent=("awk",), variables=DEMO_VARIABLES, chosen=chosen)
        )


def demo_session() -> Session:
    """A session on the made-up machine."""
    return DemoSession(Folders(PLACE / "cache", PLACE / "data", PLACE / "state"), DEMO)


async def settle(pilot: Pilot[int]) -> None:
    """Wait until everything is drawn."""
    for _ in range(2):
        await pilot.pause()


def demo_app(plan: Plan | None = None) -> WizardApp:
    """The app on the made-up machine, without animations."""
    app = WizardApp(session=demo_session(), plan=plan)
    app.animation_level = "none"
    return app


async def draw_way(folder: Path) -> None:
    """The screens from the welcome to the review."""
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.app.workers.wait_for_complete()
        for name, keys in WAY:
            await press(pilot, keys)
            await pilot.app.workers.wait_for_complete()
            await settle(pilot)
            save(app, folder / f"{name}.svg")


async def draw_build(folder: Path, plan: Plan) -> None:
    """The build screen as it was half way, the one of its end, and the result."""
    app = demo_app(plan)
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(50):
            await asyncio.sleep(0.1)
            if _is_result(app) or (isinstance(app.screen, BuildScreen) and app.screen.over):
                break
        await settle(pilot)
        if _is_result(app):
            save(app, folder / "14-result.svg")
            await press(pilot, ("escape",))
            await asyncio.sleep(1)
        save(app, folder / "13-build.svg")


def _is_result(app: WizardApp) -> bool:
    """True where the result of a build is shown, with its report."""
    return isinstance(app.screen, ResultScreen) and app.screen.report is not None


async def press(pilot: Pilot[int], keys: Iterable[str]) -> None:
    """Press keys one after the other, each only when the last was answered."""
    for key in keys:
        await pilot.press(key)
    await settle(pilot)


def save(app: WizardApp, path: Path) -> None:
    """Write the screen as it is."""
    path.write_text(app.export_screenshot(title="OCaml cross-switch wizard"), encoding="utf-8")
    print(path)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screenshots"))
    parser.add_argument("--build", type=Path, help="a finished build's folder, for the build and the result")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(draw_way(arguments.folder))
    if arguments.build:
        plan = load_job(arguments.build).single
        assert plan is not None, "screenshots are of one plan"
        plan = msgspec.structs.replace(plan, build_folder=str(arguments.build.absolute()))
        asyncio.run(draw_build(arguments.folder, plan))
    else:
        print("no --build given: the build and the result are not drawn")


if __name__ == "__main__":
    main()
