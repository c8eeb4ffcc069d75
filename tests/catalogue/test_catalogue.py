"""The catalogue: what its files must hold for the rest to rely on."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from types import GenericAlias

import msgspec
import pytest
from elftools.elf.enums import ENUM_E_MACHINE

from wizard.base import tomlfile
from wizard.base.errors import InputError
from wizard.catalogue import store
from wizard.catalogue.model import Bindings, Catalogue, Libc, Machine, Release, Source, Toolchain
from wizard.catalogue.store import catalogue
from wizard.plan.patches import patch_file
from wizard.steps.recipes import recipes

KNOWN = catalogue()
DATA = Path(store.__file__).parent / "data"
MACHINES = [pytest.param(machine, id=id_) for id_, machine in KNOWN.machines.items()]
LIBCS = [pytest.param(libc, id=id_) for id_, libc in KNOWN.libcs.items()]
RELEASES = [pytest.param(release, id=id_) for id_, release in KNOWN.releases.items()]
TOOLCHAINS = [pytest.param(toolchain, id=id_) for id_, toolchain in KNOWN.toolchains.items()]
SOURCES = [
    pytest.param(source, id=f"{release.id}-{source.kind}")
    for release in KNOWN.releases.values()
    for source in release.sources
]

TABLES: tuple[tuple[str, str, type[msgspec.Struct]], ...] = (
    ("machines.toml", "machine", Machine),
    ("libcs.toml", "libc", Libc),
    ("toolchains.toml", "toolchain", Toolchain),
    ("releases.toml", "release", Release),
)


def test_every_data_file_is_read_by_the_catalogue() -> None:
    assert {path.name for path in DATA.glob("*.toml")} >= {name for name, _, _ in TABLES}


def file_of(table: str, shape: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The shape of a file with one table of named entries."""
    return msgspec.defstruct("Whole", [(table, GenericAlias(dict, (str, shape)))], frozen=True)


@pytest.mark.parametrize(("name", "table", "shape"), TABLES)
def test_an_unknown_key_in_a_table_is_refused(name: str, table: str, shape: type[msgspec.Struct]) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    whole = file_of(table, shape)
    tomlfile.parse(text, whole, name=name)
    first = re.search(rf"^\[{table}\.[^\]]+\]$", text, re.MULTILINE)
    assert first
    spoiled = text.replace(first.group(0), f"{first.group(0)}\nno-such-key = 1", 1)
    with pytest.raises(InputError, match=rf"{re.escape(name)}.*no-such-key") as raised:
        tomlfile.parse(spoiled, whole, name=name)
    assert raised.value.code == "preset-unknown-key"


@pytest.mark.parametrize(("name", "table", "shape"), TABLES)
def test_a_missing_key_in_a_table_is_refused(name: str, table: str, shape: type[msgspec.Struct]) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    whole = file_of(table, shape)
    with pytest.raises(InputError, match="title"):
        tomlfile.parse(re.sub(r"^title = .*\n", "", text, count=1, flags=re.MULTILINE), whole, name=name)


def test_every_entry_carries_the_id_of_its_table() -> None:
    for table in (KNOWN.machines, KNOWN.libcs, KNOWN.toolchains, KNOWN.releases):
        assert [entry.id for entry in table.values()] == list(table)


def test_a_table_that_is_given_twice_is_refused() -> None:
    text = (DATA / "machines.toml").read_text(encoding="utf-8")
    whole = msgspec.defstruct("Whole", [("machine", dict[str, Machine])], frozen=True)
    with pytest.raises(InputError) as raised:
        tomlfile.parse(text + text, whole, name="machines.toml", code="catalogue")
    assert raised.value.code == "catalogue-syntax"


def test_the_catalogue_is_read_once() -> None:
    assert catalogue() is KNOWN


# ---------------------------------------------------------------- machines


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_one_that_pyelftools_knows(machine: Machine) -> None:
    assert (machine.elf_machine in ENUM_E_MACHINE) == (machine.object_format == "elf")


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_has_words_a_newcomer_can_read(machine: Machine) -> None:
    assert machine.title
    assert machine.about.endswith(".")
    assert machine.spellings


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_that_runs_elsewhere_names_the_package_of_its_emulator(machine: Machine) -> None:
    assert bool(machine.emulator) == bool(machine.emulator_package)
    assert machine.emulator or machine.tender or machine.closed, "what can be built can be run somewhere, too"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_closed_machine_says_why_and_offers_open_ones(machine: Machine) -> None:
    if machine.closed is None:
        assert machine.ocaml_arch
        return
    assert machine.closed.why.endswith(".")
    assert machine.closed.source
    for other in machine.closed.instead:
        assert KNOWN.machines[other].closed is None


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_kernel_also_runs_has_smaller_words_and_the_same_system(machine: Machine) -> None:
    for other in (KNOWN.machines[id_] for id_ in machine.also_runs):
        assert other.word_size < machine.word_size
        assert other.os == machine.os
        assert KNOWN.triplet(other.id, "musl"), "its host compiler is linked with musl"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_build_triplet_begins_with_the_architecture_of_its_machine(machine: Machine) -> None:
    if machine.build_triplet:
        assert machine.build_triplet.split("-")[0] == machine.arch
        assert len(machine.build_triplet.split("-")) == 4
        assert machine.uname


def test_no_spelling_means_two_machines() -> None:
    words = list(chain.from_iterable((id_, *machine.spellings) for id_, machine in KNOWN.machines.items()))
    assert sorted(words) == sorted(set(words))


def test_no_uname_means_two_machines() -> None:
    words = list(chain.from_iterable(machine.uname for machine in KNOWN.machines.values()))
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("machine", MACHINES)
def test_every_spelling_is_understood_in_any_case(machine: Machine) -> None:
    for word in (machine.id, *machine.spellings):
        assert KNOWN.machine_spelled(word) == machine.id
        assert KNOWN.machine_spelled(word.upper()) == machine.id
        assert KNOWN.pair_spelled(word) is None, "a machine's spelling must not be a triplet too"


@pytest.mark.parametrize(
    ("word", "machine"),
    [
        ("arm64", "aarch64-linux"),
        ("aarch64", "aarch64-linux"),
        ("rpi4", "aarch64-linux"),
        ("amd64", "x86_64-linux"),
        ("x64", "x86_64-linux"),
        ("X86-64", "x86_64-linux"),
        ("rpi", "aarch64-linux"),
        ("amd64-linux", "x86_64-linux"),
        ("armhf", "armv7-linux"),
        ("i386", "i686-linux"),
        ("ppc64le", "powerpc64le-linux"),
        ("mingw64", "x86_64-windows"),
        ("esp32", "xtensa-esp32"),
        ("wasm", "wasm32-wasi"),
    ],
)
def test_the_usual_names_of_machines_are_understood(word: str, machine: str) -> None:
    assert KNOWN.machine_spelled(word) == machine


@pytest.mark.parametrize("word", ["", "linux", "aarch64-linux-musl", "aarch 64"])
def test_a_word_that_names_no_machine_is_not_taken_for_one(word: str) -> None:
    assert KNOWN.machine_spelled(word) is None


# ---------------------------------------------------------------- C libraries and toolchains


@pytest.mark.parametrize("libc", LIBCS)
def test_the_triplets_of_a_libc_are_for_machines_of_its_systems(libc: Libc) -> None:
    assert libc.triplets
    for machine in libc.triplets:
        assert KNOWN.machines[machine].os in libc.os


def test_no_triplet_is_given_twice() -> None:
    triplets = list(chain.from_iterable(libc.triplets.values() for libc in KNOWN.libcs.values()))
    assert sorted(triplets) == sorted(set(triplets))


@pytest.mark.parametrize("libc", LIBCS)
def test_a_triplet_has_three_parts_and_is_understood_with_and_without_a_vendor(libc: Libc) -> None:
    for machine, triplet in libc.triplets.items():
        assert KNOWN.pair_spelled(triplet) == (machine, libc.id)
        arch, *rest = triplet.split("-")
        if len(rest) == 3:  # its vendor is part of the name
            continue
        assert len(rest) == 2
        with_vendor = ("-".join([arch, "unknown", *rest]), "-".join([arch, "PC", *rest]))
        for spelled in (triplet, *(with_vendor if rest[0] == "linux" else ())):
            assert KNOWN.pair_spelled(spelled) == (machine, libc.id)


@pytest.mark.parametrize(
    "word", ["", "-", "aarch64", "aarch64-linux-uclibc", "musl", "aarch64-unknown-linux", "a-b-c-d-e"]
)
def test_what_is_no_triplet_of_the_catalogue_is_not_taken_for_one(word: str) -> None:
    assert KNOWN.pair_spelled(word) is None


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_every_triplet_of_a_toolchain_exists_in_one_of_its_libcs(toolchain: Toolchain) -> None:
    served = set(chain.from_iterable(KNOWN.libcs[libc].triplets.values() for libc in toolchain.libcs))
    assert set(toolchain.targets) <= served
    assert toolchain.targets


@pytest.mark.parametrize("libc", LIBCS)
def test_every_triplet_of_a_libc_has_a_toolchain(libc: Libc) -> None:
    served = set(chain.from_iterable(toolchain.targets for toolchain in KNOWN.toolchains.values()))
    assert set(libc.triplets.values()) <= served


def test_the_triplet_of_a_pair_that_does_not_exist_is_none() -> None:
    empty = msgspec.structs.replace(KNOWN.libcs["musl"], triplets={})
    without = msgspec.structs.replace(KNOWN, libcs={"musl": empty})
    assert without.triplet("aarch64-linux", "musl") is None
    assert KNOWN.triplet("aarch64-linux", "musl") == "aarch64-linux-musl"


# ---------------------------------------------------------------- releases


@pytest.mark.parametrize("source", SOURCES)
def test_a_digest_is_64_hex_digits(source: Source) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_names_what_its_client_needs(source: Source) -> None:
    assert source.file
    assert "/" not in source.file
    if source.kind == "official":
        assert source.address.startswith("https://")
    else:
        assert source.package
        assert not source.address
    assert bool(source.suite) == (source.kind == "debian")


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_has_a_source_and_a_version(release: Release) -> None:
    assert release.sources
    assert len({source.file for source in release.sources}) == len(release.sources)
    assert release.version == tuple(map(int, release.id.split(".")))
    assert len(release.version) == 3


def test_archives_of_different_releases_have_different_names_and_digests() -> None:
    sources = list(chain.from_iterable(release.sources for release in KNOWN.releases.values()))
    assert len({source.file for source in sources}) == len(sources)
    assert len({source.sha256 for source in sources}) == len(sources)


@pytest.mark.parametrize("release", RELEASES)
def test_the_recipe_of_a_release_exists(release: Release) -> None:
    assert release.recipe in recipes()


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_has_a_back_end_for_some_machine_of_the_catalogue(release: Release) -> None:
    assert {machine.ocaml_arch for machine in KNOWN.machines.values()} & set(release.native)


def test_every_machine_has_a_release_with_a_back_end() -> None:
    native = set(chain.from_iterable(release.native for release in KNOWN.releases.values()))
    assert {machine.ocaml_arch for machine in KNOWN.machines.values()} - {""} <= native


# ---------------------------------------------------------------- patches and evidence


def test_every_patch_is_there_and_names_what_the_catalogue_has() -> None:
    folder = DATA.parent / "patches"
    files = {
        patch_file(folder, patch.id, release) for patch in KNOWN.patches.values() for release in patch.releases
    }
    assert files == set(folder.rglob("*.patch"))
    for patch in KNOWN.patches.values():
        assert patch.wanted_by
        assert not patch.wanted_by.endswith(".")
        assert patch.without.endswith(".")
        assert set(patch.releases) <= set(KNOWN.releases)
        assert set(patch.targets) <= set(KNOWN.machines)
        assert set(patch.toolchains) <= set(KNOWN.toolchains)
        assert patch.reason.endswith(".")


def test_evidence_is_of_what_the_catalogue_has() -> None:
    for one in KNOWN.evidence:
        assert KNOWN.triplet(one.target, one.libc)
        assert one.release in KNOWN.releases
        assert one.host in KNOWN.machines
        assert one.toolchain in KNOWN.toolchains
        assert one.source_sha256 in {source.sha256 for source in KNOWN.releases[one.release].sources}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.date)
        assert one.passed > 20


# ---------------------------------------------------------------- more of releases


@pytest.mark.parametrize("release", RELEASES)
def test_multicore_begins_with_release_5(release: Release) -> None:
    assert release.multicore == (release.version >= (5,))


def test_releases_compare_as_numbers_not_as_text(known: Catalogue) -> None:
    release = known.releases["5.3.0"]
    assert msgspec.structs.replace(release, id="5.10.0").version > release.version


# ---------------------------------------------------------------- words for one who has to choose


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(entry, id=id_)
        for table in (KNOWN.machines, KNOWN.libcs, KNOWN.toolchains, KNOWN.releases, KNOWN.bindings)
        for id_, entry in table.items()
    ],
)
def test_every_choice_says_when_to_take_it(entry: Machine | Libc | Toolchain | Release | Bindings) -> None:
    assert entry.when.endswith(".")
    assert len(entry.when) <= 160, "a side panel, no manual"
    if not isinstance(entry, Release):  # its page is computed from its id
        assert entry.link.startswith("https://")


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_every_toolchain_says_what_follows_from_it(toolchain: Toolchain) -> None:
    assert toolchain.follows.endswith(".")


def test_a_machine_that_is_closed_is_never_recommended() -> None:
    for machine in KNOWN.machines.values():
        assert machine.when.startswith("Not ") == (machine.closed is not None)
