"""The proof of a switch for Windows: its DLLs, its programs under wine, and what wine may not touch."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.support.fake_switch import CONFIG, CONSTANTS, NAMES, Fake
from tests.support.fakes import REAL, WINDOWS
from tests.support.object_files import ARM64, I386, pe
from tests.support.scripts import write
from wizard.binaries.facts import ObjectFacts
from wizard.catalogue.presets import Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.machine.survey import LOCK_FILE
from wizard.prove.audit import foreign_libraries
from wizard.prove.proof import prove

# What OCaml's runtime and Unix need, as its programs name them.
DLLS = (
    "KERNEL32.dll", "msvcrt.dll", "SHELL32.dll", "ole32.dll", "SHLWAPI.dll", "VERSION.dll", "WS2_32.dll",
    "api-ms-win-core-synch-l1-2-0.dll", "ADVAPI32.dll",
)  # fmt: skip
WINE = """\
#!/bin/sh
echo "wine $*,$WINEPREFIX,$WINEDEBUG,$WINEDLLOVERRIDES,${DISPLAY-none}" >>"${0%/*}/asked"
[ "$1" != wineboot ] || exit "${WINEBOOT_STATUS:-0}"
name=${1##*/}
sed 's/$/\\r/' "${0%/*}/${name%.exe}.output"
"""
WINESERVER = """\
#!/bin/sh
echo "wineserver $*,$WINEPREFIX" >>"${0%/*}/asked"
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A switch for Windows, and a wine on PATH that prints with Windows' line ends."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":7")
    switch = Fake(tmp_path)
    save_preset(Preset(Selection(target=WINDOWS.id, release="5.4.1")), switch.prefix / LOCK_FILE)
    config = {"version": "5.4.1", "architecture": "amd64", "os_type": "Win32"}
    switch.config(**{**CONFIG, **config, "ext_exe": ".exe", "ext_dll": ".dll"})
    switch.program(pe(imports=DLLS))
    constants = CONSTANTS.replace("5.3.0", "5.4.1").replace("ostype=Unix", "ostype=Win32")
    constants = constants.replace("unix=true", "unix=false").replace("win32=false", "win32=true")
    switch.output("constants", constants)
    write(switch.tools / "wine", WINE)
    write(switch.tools / "wineserver", WINESERVER)
    return switch


def asked(fake: Fake) -> list[list[str]]:
    return [line.split(",", 1) for line in (fake.tools / "asked").read_text(encoding="utf-8").splitlines()]


def test_a_right_switch_passes(fake: Fake) -> None:
    report = prove(fake.prefix)
    assert report.failed == ()
    assert (report.runner, report.not_run) == ("under wine", "")
    assert {comparison.verdict for comparison in report.comparisons} == {"pass"}


def test_wine_has_a_windows_of_its_own_and_is_ended(fake: Fake) -> None:
    prove(fake.prefix)
    calls = asked(fake)
    assert [words.split("/")[-1] for words, _ in calls] == [
        "wine wineboot --init",
        *(f"{name}.exe" for name in NAMES),
        "wineserver -k",
    ]
    folders = {rest.split(",", 1)[0] for _, rest in calls}
    assert len(folders) == 1
    assert not Path(folders.pop()).parent.exists(), "the proof's folder is gone, and wine's with it"
    assert {rest.partition(",")[2] for words, rest in calls if words.startswith("wine ")} == {
        "-all,mscoree,mshtml,winemenubuilder.exe=,none"
    }


def test_where_wine_does_not_start_nothing_is_run_and_nothing_fails(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINEBOOT_STATUS", "3")
    report = prove(fake.prefix)
    assert report.failed == ()
    assert report.runner == ""
    assert report.not_run == "wine did not start: exit status 3: "
    assert report.how_to_run.endswith("wine wineboot --init")
    assert report.how == f"{report.how_to_run}    (says why it does not start)"
    assert {comparison.found for comparison in report.comparisons if comparison.verdict == "not-run"} == {
        "not run"
    }


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (pe(ARM64, imports=DLLS), "machine"),
        (pe(I386, 32, imports=DLLS), "machine"),
        (pe(imports=(*DLLS, "libwinpthread-1.dll")), "libraries that the system lacks"),
        (pe(imports=("libgcc_s_seh-1.dll",)), "libraries that the system lacks"),
        (pe(imports=DLLS)[:-100], "is a program (PE/COFF)"),
        (pe(imports=DLLS)[:300], "is a program (PE/COFF)"),
        (b"MZ", "is a program (PE/COFF)"),
        (b"", "is a program (PE/COFF)"),
    ],
    ids=["arm64", "i386", "winpthread", "libgcc", "truncated", "without its sections", "MZ", "empty"],
)
def test_a_program_that_another_windows_could_not_run_fails(data: bytes, name: str, fake: Fake) -> None:
    fake.program(data)
    failed = prove(fake.prefix).failed
    assert {failure.name for failure in failed} >= {name}
    assert {failure.group for failure in failed} == set(NAMES)


def test_the_names_of_dlls_are_compared_as_windows_does() -> None:
    needed = ("Kernel32.DLL", "api-ms-win-crt-heap-l1-1-0.dll", "kernel32.dll.evil.dll", "cygwin1.dll")
    facts = ObjectFacts("pe", "IMAGE_FILE_MACHINE_AMD64", "amd64", 64, "little", "executable", needed=needed)
    assert foreign_libraries(facts, REAL.libcs["mingw-w64"]) == ("kernel32.dll.evil.dll", "cygwin1.dll")


def test_the_list_of_dlls_is_in_lower_case_and_has_none_of_mingw() -> None:
    patterns = REAL.libcs["mingw-w64"].system_libraries
    assert [pattern for pattern in patterns if pattern != pattern.lower()] == []
    assert list(patterns) == sorted(set(patterns))
    assert not [pattern for pattern in patterns if pattern.startswith("lib")]
