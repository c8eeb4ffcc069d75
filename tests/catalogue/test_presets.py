"""Presets and lock files: read, written, and refused with words that help."""

from __future__ import annotations

import contextlib
import os
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from tests.support.trees import closed
from wizard.base.errors import FolderError, InputError
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import (
    Lock,
    Preset,
    find_preset,
    load_preset,
    preset_text,
    save_preset,
    shipped_presets,
)
from wizard.catalogue.selection import NATIVE, HostCompiler, Selection, normalise
from wizard.catalogue.store import catalogue

KNOWN = catalogue()
PLAIN = Preset(Selection("aarch64-linux", "musl", toolchain="zig"))

any_text = st.text(st.characters(exclude_categories=["Cs"]))
path_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
host_compilers: list[HostCompiler] = ["auto", "path", "build"]
selections = st.builds(
    Selection,
    target=st.sampled_from(list(KNOWN.machines)),
    libc=st.sampled_from(list(KNOWN.libcs)),
    release=st.sampled_from(list(KNOWN.releases)),
    host=st.sampled_from([NATIVE, *KNOWN.machines]),
    toolchain=st.sampled_from(list(KNOWN.toolchains)),
    host_compiler=st.sampled_from(host_compilers),
    patches=st.lists(path_text.map(lambda name: str(Path("/") / name)), max_size=3).map(tuple),
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
locks = st.builds(
    Lock,
    wizard=any_text,
    triplet=any_text,
    source_file=any_text,
    source_sha256=digests,
    toolchain_version=any_text,
    host_compiler=any_text,
    patches=st.dictionaries(any_text, digests, max_size=3),
)
presets = st.builds(Preset, selection=selections, title=any_text, about=any_text, lock=st.none() | locks)

SHIPPED = [pytest.param(name, path, id=name) for name, path in shipped_presets().items()]


# ---------------------------------------------------------------- those that come with the wizard


def test_some_presets_come_with_the_wizard() -> None:
    assert "aarch64-linux-musl" in shipped_presets()
    assert "x86_64-linux-musl" in shipped_presets()


@pytest.mark.parametrize(("name", "path"), SHIPPED)
def test_a_shipped_preset_loads_and_says_what_it_gives(name: str, path: Path) -> None:
    preset = load_preset(path, KNOWN)
    assert preset.title
    assert preset.about.endswith(".")
    assert preset.lock is None
    assert KNOWN.triplet(preset.selection.target, preset.selection.libc)
    assert find_preset(name, KNOWN) == preset


@pytest.mark.parametrize(
    "spelled", ["aarch64-linux-musl", "aarch64-linux-musl.toml", "presets/aarch64-linux-musl.toml"]
)
def test_a_shipped_preset_is_found_by_its_name_from_any_folder(
    spelled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_preset(spelled, KNOWN).selection.target == "aarch64-linux"


def test_a_file_goes_before_a_shipped_preset_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aarch64-linux-musl").write_text('[selection]\ntarget = "x86_64-linux"\n', encoding="utf-8")
    assert find_preset("aarch64-linux-musl", KNOWN).selection.target == "x86_64-linux"


LONG = pytest.param("a" * 300, id="longer than a file name may be")


@pytest.mark.parametrize("name", ["aarch64-linux-mulse", "/no/such/folder/x.toml", "", ".", LONG, "presets"])
def test_a_name_that_is_no_preset_is_one_error_with_all_names(name: str) -> None:
    with pytest.raises(InputError) as raised:
        find_preset(name, KNOWN)
    assert raised.value.code == "preset-not-found"
    assert repr(name) in raised.value.what
    for known in shipped_presets():
        assert known in raised.value.fix


def test_a_misspelled_name_gets_the_nearest_right_one() -> None:
    with pytest.raises(InputError, match="aarch64-linux-mulse") as raised:
        find_preset("aarch64-linux-mulse", KNOWN)
    assert raised.value.fix.startswith("did you mean 'aarch64-linux-musl'?")


# ---------------------------------------------------------------- round trips


@given(preset=presets)
def test_what_is_saved_is_read_back_the_same(preset: Preset, tmp_path: Path) -> None:
    path = tmp_path / "saved.toml"
    save_preset(preset, path)
    assert load_preset(path, KNOWN) == preset
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != "ocw"] == ["saved.toml"]


@pytest.mark.parametrize(
    "title",
    [
        'say "hi"',
        "C:\\new\\x41",
        "\\",
        "'",
        '"""',
        "line\nbreak",
        "tab\there",
        "\x1f",
        "\x7f",
        "# no comment",
        "é λ 🐫",
    ],
)
def test_unusual_words_in_a_title_survive(title: str, tmp_path: Path) -> None:
    save_preset(msgspec.structs.replace(PLAIN, title=title), tmp_path / "saved.toml")
    assert load_preset(tmp_path / "saved.toml", KNOWN).title == title


def test_a_saved_preset_names_every_choice_so_that_a_later_default_does_not_change_it() -> None:
    assert set(tomllib.loads(preset_text(PLAIN))["selection"]) == set(Selection.__struct_fields__)


def test_a_saved_preset_leaves_out_empty_words() -> None:
    assert set(tomllib.loads(preset_text(PLAIN))) == {"selection"}


def test_a_lock_file_is_read_back_the_same(tmp_path: Path) -> None:
    lock = Lock(
        wizard="0.1.0",
        triplet="aarch64-linux-musl",
        source_file="ocaml-5.3.0.tar.gz",
        source_sha256="0" * 64,
        toolchain_version="0.17.0",
        host_compiler="build",
        patches={"fix (2).patch": "1" * 64, "plain.patch": "2" * 64},
    )
    locked = msgspec.structs.replace(PLAIN, lock=lock)
    save_preset(locked, tmp_path / "ocaml-cross.lock.toml")
    assert load_preset(tmp_path / "ocaml-cross.lock.toml", KNOWN) == locked


def test_saving_makes_the_folders_above_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.toml"
    save_preset(PLAIN, path)
    path.write_text("old", encoding="utf-8")
    save_preset(PLAIN, path)
    assert load_preset(path, KNOWN) == PLAIN
    assert [entry.name for entry in path.parent.iterdir()] == ["x.toml"]


@pytest.mark.parametrize("place", ["file/x.toml", "folder", LONG, ".", "file/deep/x.toml"])
def test_a_place_that_takes_no_preset_is_a_place_error(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FolderError) as raised:
        save_preset(PLAIN, Path(place))
    assert raised.value.code == "preset-not-saved"
    assert place in raised.value.what
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_folder_that_may_not_be_written_is_a_place_error(tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        save_preset(PLAIN, closed(tmp_path / "closed") / "x.toml")


def test_a_full_disk_is_a_place_error_and_keeps_the_old_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.toml"
    save_preset(PLAIN, path)
    before = path.read_bytes()

    def full(*_args: object, **_named: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FolderError, match=r"x\.toml"):
        save_preset(msgspec.structs.replace(PLAIN, title="new"), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != "ocw"] == ["x.toml"]


# ---------------------------------------------------------------- what does not fit


class Wrong(msgspec.Struct, frozen=True):
    """A preset that does not fit, and the words its one error must have."""

    text: str
    code: str
    words: tuple[str, ...]
    fix: tuple[str, ...] = ()


WRONG = {
    "unknown key": Wrong(
        '[selection]\ntarget = "aarch64-linux"\nlibrary = "musl"\n',
        "preset-unknown-key",
        ("x.toml:3", "selection.library"),
        ("allowed:", "libc"),
    ),
    "misspelled key": Wrong(
        '[selection]\ntarget = "aarch64-linux"\nrelaese = "5.3.0"\n',
        "preset-unknown-key",
        ("x.toml:3", "selection.relaese"),
        ("did you mean 'release'?",),
    ),
    "unknown key at the top": Wrong(
        'titel = "x"\n[selection]\ntarget = "aarch64-linux"\n',
        "preset-unknown-key",
        ("x.toml:1", "'titel'"),
        ("did you mean 'title'?", "about"),
    ),
    "unknown table": Wrong(
        '[selection]\ntarget = "aarch64-linux"\n\n[select]\ntarget = "x"\n',
        "preset-unknown-key",
        ("x.toml:4", "'select'"),
        ("did you mean 'selection'?",),
    ),
    "unknown key in an inline table": Wrong(
        'selection = { target = "aarch64-linux", libs = "musl" }\n',
        "preset-unknown-key",
        ("x.toml", "selection.libs"),
        ("did you mean 'libc'?",),
    ),
    "unknown key in a lock": Wrong(
        '[selection]\ntarget = "aarch64-linux"\n[lock]\nwizzard = "0"\n',
        "preset-unknown-key",
        ("x.toml:4", "lock.wizzard"),
        ("did you mean 'wizard'?",),
    ),
    "number for a word": Wrong(
        "[selection]\ntarget = 64\n",
        "preset-wrong-value",
        ("x.toml:2", "selection.target", "str", "int"),
    ),
    "word for a list": Wrong(
        '[selection]\ntarget = "aarch64-linux"\npatches = "a.patch"\n',
        "preset-wrong-value",
        ("x.toml:3", "selection.patches", "array", "str"),
    ),
    "number in a list": Wrong(
        '[selection]\ntarget = "aarch64-linux"\npatches = ["a.patch", 3]\n',
        "preset-wrong-value",
        ("x.toml", "selection.patches", "str", "int"),
    ),
    "word for a table": Wrong('selection = "aarch64"\n', "preset-wrong-value", ("x.toml:1", "selection", "str")),
    "table missing": Wrong('title = "x"\n', "preset-wrong-value", ("x.toml", "selection")),
    "key missing": Wrong("[selection]\n", "preset-wrong-value", ("x.toml:1", "target")),
    "empty file": Wrong("", "preset-wrong-value", ("x.toml", "selection")),
    "word that is not one of a few": Wrong(
        '[selection]\ntarget = "aarch64-linux"\nhost_compiler = "biuld"\n',
        "preset-wrong-value",
        ("x.toml:3", "selection.host_compiler", "biuld"),
        ("did you mean 'build'?", "auto", "path"),
    ),
    "unknown machine": Wrong(
        '[selection]\ntarget = "aarch46"\n',
        "value-unknown",
        ("x.toml:2", "target", "'aarch46'"),
        ("did you mean", "aarch64-linux", "x86_64-linux"),
    ),
    "unknown host": Wrong(
        '[selection]\ntarget = "aarch64"\nhost = "pdp11"\n',
        "value-unknown",
        ("x.toml:3", "'pdp11'"),
        ("aarch64-linux",),
    ),
    "unknown release": Wrong(
        '[selection]\ntarget = "aarch64"\nrelease = "5.3"\n',
        "value-unknown",
        ("x.toml:3", "release", "'5.3'"),
        ("did you mean '5.3.0'?", "4.14.2"),
    ),
    "unknown libc": Wrong(
        '[selection]\nlibc = "mulse"\ntarget = "aarch64"\n',
        "value-unknown",
        ("x.toml:2", "libc", "'mulse'"),
        ("did you mean 'musl'?",),
    ),
    "unknown toolchain": Wrong(
        '[selection]\ntarget = "aarch64"\ntoolchain = "zigg"\n',
        "value-unknown",
        ("x.toml:3", "toolchain"),
        ("did you mean 'zig'?",),
    ),
    "syntax": Wrong('[selection]\ntarget = "aarch64\n', "preset-syntax", ("x.toml", "line 2")),
    "not TOML at all": Wrong("<html>404</html>", "preset-syntax", ("x.toml", "line 1")),
    "key given twice": Wrong('[selection]\ntarget = "a"\ntarget = "b"\n', "preset-syntax", ("x.toml", "line 3")),
    "nested beyond reason": Wrong("a = " + "[" * 20_000, "preset-syntax", ("x.toml",)),
    "number beyond reason": Wrong("a = " + "1" * 20_000, "preset-syntax", ("x.toml",)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_preset_that_does_not_fit_is_one_error_that_helps(wrong: Wrong, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(wrong.text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_preset(path, KNOWN)
    assert raised.value.code == wrong.code
    for word in wrong.words:
        assert word in raised.value.what
    for word in wrong.fix:
        assert word in raised.value.fix


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.toml") as raised:
        load_preset(tmp_path / "nothing.toml", KNOWN)
    assert raised.value.code == "preset-not-found"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"\x7fELF\x02\x01\x01\x00\xd0", b"title = '\xe9'"])
def test_a_binary_file_is_unreadable_not_a_crash(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"x\.toml") as raised:
        load_preset(path, KNOWN)
    assert raised.value.code in ("preset-unreadable", "preset-syntax")


def test_a_folder_is_no_preset(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        load_preset(tmp_path, KNOWN)
    assert raised.value.code == "preset-unreadable"


@given(data=st.binary(max_size=80))
def test_no_file_makes_reading_crash(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(InputError):
        load_preset(path, KNOWN)


toml_values = st.recursive(
    st.none().map(lambda _: "1979-05-27") | st.integers().map(str) | st.booleans().map(lambda b: str(b).lower())
    | st.text("abc-_.", max_size=6).map(lambda text: f'"{text}"'),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
    | st.dictionaries(st.sampled_from(["target", "host", "x"]), inner, max_size=2).map(
        lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
    ),
    max_leaves=4,
)  # fmt: skip


@given(value=toml_values, key=st.sampled_from([*Selection.__struct_fields__, "lock", "title"]))
def test_any_value_at_any_key_is_taken_or_is_one_input_error(value: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    table = "" if key in ("lock", "title") else "[selection]\n"
    path.write_text(f"{table}{key} = {value}\n", encoding="utf-8")
    with contextlib.suppress(InputError):
        assert load_preset(path, KNOWN).selection.target in KNOWN.machines


# ---------------------------------------------------------------- what a selection means


def test_a_patch_of_a_preset_is_beside_the_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "x.toml").write_text(
        '[selection]\ntarget = "aarch64"\npatches = ["a.patch", "../b.patch", "/abs/c.patch"]\n', encoding="utf-8"
    )
    preset = load_preset(Path("../own/x.toml"), KNOWN)
    assert all(Path(patch).is_absolute() for patch in preset.selection.patches)
    assert [os.path.realpath(patch) for patch in preset.selection.patches] == [
        str(tmp_path / "own" / "a.patch"),
        str(tmp_path / "b.patch"),
        "/abs/c.patch",
    ]


@pytest.mark.parametrize(
    ("target", "machine"),
    [
        ("arm64", "aarch64-linux"),
        ("amd64", "x86_64-linux"),
        ("aarch64-linux-musl", "aarch64-linux"),
        ("aarch64-unknown-linux-musl", "aarch64-linux"),
        ("X86_64-PC-Linux-Musl", "x86_64-linux"),
    ],
)
def test_the_usual_spellings_of_a_target_are_understood(target: str, machine: str) -> None:
    assert normalise(Selection(target=target), KNOWN) == Selection(machine, "musl", toolchain="zig")


def test_a_spelled_host_becomes_an_id_and_native_stays() -> None:
    assert normalise(Selection(target="arm64", host="amd64"), KNOWN).host == "x86_64-linux"
    assert normalise(Selection(target="arm64"), KNOWN).host == NATIVE


@given(selection=selections)
def test_normalising_twice_is_normalising_once(selection: Selection) -> None:
    once = normalise(selection, KNOWN)
    assert msgspec.structs.replace(once, bindings=selection.bindings) == selection  # the usual ones are filled in
    assert normalise(once, KNOWN) == once


@pytest.mark.parametrize("key", ["target", "host", "libc", "release", "toolchain"])
def test_an_unknown_option_is_named_as_an_option(key: str, known: Catalogue) -> None:
    selection = msgspec.structs.replace(PLAIN.selection, **{key: "nonsense"})
    with pytest.raises(InputError) as raised:
        normalise(selection, known)
    assert raised.value.code == "value-unknown"
    assert raised.value.what.startswith(f"--{key} is 'nonsense'")
    assert "allowed: " in raised.value.fix


@given(word=any_text)
def test_no_word_for_a_target_makes_normalising_crash(word: str) -> None:
    with contextlib.suppress(InputError):
        assert normalise(Selection(target=word), KNOWN).target in KNOWN.machines


def test_the_c_library_and_the_toolchain_follow_the_target_where_nothing_was_chosen() -> None:
    windows = normalise(Selection(target="windows"), KNOWN)
    assert (windows.libc, windows.toolchain) == ("mingw-w64", "gcc")
    dynamic = normalise(Selection(target="aarch64-linux-gnu"), KNOWN)
    assert (dynamic.target, dynamic.libc, dynamic.toolchain) == ("aarch64-linux", "glibc", "gcc")


def test_what_was_chosen_is_kept_although_it_does_not_fit() -> None:
    kept = normalise(Selection(target="windows", libc="musl", toolchain="zig"), KNOWN)
    assert (kept.libc, kept.toolchain) == ("musl", "zig")


def test_a_triplet_and_another_c_library_contradict_each_other() -> None:
    with pytest.raises(InputError, match="glibc") as raised:
        normalise(Selection(target="aarch64-linux-musl", libc="glibc"), KNOWN)
    assert raised.value.code == "value-conflict"
