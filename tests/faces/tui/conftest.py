"""A made-up machine and a small catalogue, so that the screens are the same wherever the tests run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import filelock
import msgspec
import pytest

from tests.faces.tui.story import Story
from tests.support.machines import CHOSEN, HEALTHY, QEMU, change, sick
from wizard.base.folders import Folders
from wizard.builds.folder import LOCK, PLAN
from wizard.catalogue.model import Catalogue
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.doctor.facts import Facts
from wizard.doctor.gather import Request
from wizard.faces.tui.widgets.machine_line import Sample
from wizard.machine.survey import BuildMachine, ordinary_linux
from wizard.plan.batch import to_json
from wizard.plan.model import Plan
from wizard.session.session import Session

PLACE = Path("/tmp/ocaml-cross-wizard-tests")

HERE = msgspec.structs.replace(ordinary_linux(), cores=4, scrubbed=("CFLAGS",))

PRESET = """\
title = "Boards, musl"
about = "Static programs for 64-bit ARM boards."

[selection]
target = "aarch64-linux"
"""

assert HEALTHY.tools is not None
POOR = sick(
    here=change(HEALTHY.here, scrubbed=("CFLAGS",)),
    tools={name: tool for name, tool in HEALTHY.tools.items() if name != "make"},
    emulators=(QEMU, change(QEMU, name="qemu-arm", path="")),
    variables={"OCAMLLIB": "/opt/old/lib/ocaml"},
    network=None,
    unseen={"network": "the network was not asked (offline)"},
)
"""Without make, with a variable that misleads every OCaml, and without a network."""


def small_catalogue() -> Catalogue:
    """Two 64-bit machines and a 32-bit one, one C library, three releases, with words of their own."""
    known = catalogue()
    change = msgspec.structs.replace
    intel = change(known.machines["x86_64-linux"], title="Intel/AMD Linux", about="Servers and desktops.")
    arm = change(known.machines["aarch64-linux"], title="64-bit ARM Linux", about="Boards and servers.")
    small = change(
        arm,
        id="armv7-linux",
        title="32-bit ARM Linux",
        about="Older boards.",
        arch="armv7",
        ocaml_arch="arm",
        word_size=32,
        elf_machine="EM_ARM",
        build_triplet="armv7-unknown-linux-gnueabihf",
        emulator="qemu-arm",
        uname=("armv7l",),
        spellings=("armv7",),
    )
    triplets = {
        "x86_64-linux": "x86_64-linux-musl",
        "aarch64-linux": "aarch64-linux-musl",
        "armv7-linux": "armv7-linux-musleabihf",
    }
    musl = change(
        known.libcs["musl"],
        about="A small C library.",
        follows="Programs are one file.",
        lacks={"natdynlink": "A static program has no dlopen."},
        triplets=triplets,
    )
    zig = change(
        known.toolchains["zig"], about="Compiles C for every target.", targets={t: t for t in triplets.values()}
    )
    releases = {id_: known.releases[id_] for id_ in ("5.3.0", "5.4.1", "4.14.2")}
    return Catalogue(
        machines={machine.id: machine for machine in (intel, arm, small)},
        libcs={"musl": musl},
        toolchains={"zig": zig},
        releases={id_: change(release, about=f"The release {id_}.") for id_, release in releases.items()},
    )


def make_session(place: Path = PLACE, here: BuildMachine = HERE) -> Session:
    """A session on the made-up machine, its folders below `place`."""
    session = Session(Folders(place / "cache", place / "data", place / "state"), here)
    session.catalogue = small_catalogue()
    return session


@pytest.fixture(autouse=True)
def presets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One preset comes with the wizard."""
    path = tmp_path_factory.mktemp("presets") / "boards.toml"
    path.write_text(PRESET, encoding="utf-8")
    monkeypatch.setattr("wizard.catalogue.presets.shipped_presets", lambda: {"boards": path})
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(autouse=True)
def as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is always as busy, and a terminal that has all letters, whoever runs the tests."""
    monkeypatch.setattr(
        "wizard.faces.tui.widgets.machine_line.sample", lambda: Sample(0.75, 0.4, 3_200_000_000, 8_000_000_000)
    )
    monkeypatch.setattr(
        "wizard.faces.tui.widgets.machine_line.SAMPLE_SECONDS", 3600
    )  # one look, however long it takes
    monkeypatch.setenv("OCW_ASCII", "0")


@pytest.fixture
def session() -> Session:
    """A session whose folders have fixed names; nothing is written there."""
    return make_session()


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The plan of a real selection, its build folder made, with plan.json in it."""
    session = make_session(tmp_path)
    made = session.plan(session.check_selection(Selection(target="aarch64-linux")))
    folder = Path(made.build_folder)
    folder.mkdir(parents=True)
    (folder / PLAN).write_bytes(to_json(made))
    return made


@pytest.fixture
def story(plan: Plan) -> Story:
    """The journal and the logs of a build of `plan`, to be written by the test."""
    return Story(plan)


@pytest.fixture
def builder_lock(plan: Plan) -> Iterator[None]:
    """As long as it is used, a builder seems to be at work."""
    with filelock.FileLock(Path(plan.build_folder) / LOCK):
        yield


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The machine is POOR, a healthy one when it is looked at again; what was asked."""
    asked: list[Request] = []
    facts: list[Facts] = [POOR, HEALTHY]

    def gather(request: Request) -> Facts:
        asked.append(request)
        chosen = (
            msgspec.structs.replace(CHOSEN, findings=request.selection.findings) if request.selection else None
        )
        return change(facts[min(len(asked), len(facts)) - 1], chosen=chosen)

    monkeypatch.setattr("wizard.doctor.gather.gather", gather)
    return asked
