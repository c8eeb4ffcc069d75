"""The project that new-unikernel writes: complete, for the switch it is for, and honest about what came of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.support.commands import Ocw
from tests.support.fakes import HERE, UNIKERNEL, placed
from tests.support.scripts import write
from tests.support.shells import SHELLS
from wizard.base.errors import BuildError, FolderError, InputError, WizardError
from wizard.catalogue.presets import Lock, Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import LOCK_FILE
from wizard.plan.switch_files import switch_files
from wizard.project.unikernel import Ran, example
from wizard.toolchains.solo5 import PARTS, unikernel_files

TRIPLET = "x86_64-solo5-ocaml"
FILES = {
    "hello.ml", "startup.c", "manifest.json", "build.sh", "run.sh",
    "dune-project", "dune", "dune-workspace", "README.md",
}  # fmt: skip
# Each tool of the fake switch writes the file that it is asked for, and says how it was called.
TOOL = """\
#!/bin/sh
echo "${0##*/} $*" >>"%s"
out=''
for word do
  case $take in yes) out=$word ;; esac
  case $word in -o) take=yes ;; *) take='' ;; esac
done
[ -z "$out" ] || echo made >"$out"
"""
SPEAKING = "#!/bin/sh\necho 'hello from OCaml 5.3.0 on Solo5, 64-bit words'\n"


@pytest.fixture
def resolved() -> ResolvedSelection:
    return placed(UNIKERNEL, seccomp=True, compilers={"x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc"})


@pytest.fixture
def switch(tmp_path: Path, resolved: ResolvedSelection) -> Path:
    """A switch whose programs only say how they were called, but for its tender, which says what is expected."""
    prefix = tmp_path / "switch"
    files = switch_files(str(prefix), str(prefix), TRIPLET, resolved.release, findlib="solo5", tools="solo5/bin")
    for file in (*files, *unikernel_files(resolved, str(prefix), str(prefix), TRIPLET)):
        write(Path(file.path), file.text)
    said = tmp_path / "said"
    said.write_text("", encoding="utf-8")
    for tool in (f"wrappers/{TRIPLET}-gcc", "bin/ocamlopt", "solo5/bin/solo5-elftool"):
        write(prefix / tool, TOOL % said)
    write(prefix / "solo5/bin/solo5-spt", SPEAKING)
    lock = Lock("0", TRIPLET, "ocaml-5.3.0.tgz", "1" * 64, "12.2.0", "build")
    save_preset(Preset(UNIKERNEL, lock=lock), prefix / LOCK_FILE)
    return prefix


def made(
    folder: Path, resolved: ResolvedSelection, switch: Path, bindings: str = "spt", *, run: bool = True
) -> Ran:
    return example(folder, resolved, switch, bindings, build=True, run=run)


def test_it_is_complete_built_and_run(tmp_path: Path, resolved: ResolvedSelection, switch: Path) -> None:
    done = made(tmp_path / "hello", resolved, switch)
    assert set(done.files) == FILES
    assert (done.output, done.not_run) == ("hello from OCaml 5.3.0 on Solo5, 64-bit words\n", "")
    assert done.program == str(tmp_path / "hello" / "hello.spt")
    said = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert said == [
        "solo5-elftool gen-manifest manifest.json manifest.c",
        f"{TRIPLET}-gcc -c manifest.c -o manifest.o",
        f"{TRIPLET}-gcc -I {switch}/lib/ocaml -c startup.c -o startup.o",
        "ocamlopt hello.ml startup.o manifest.o -cclib -z solo5-abi=spt -o ../hello.spt",
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_its_scripts_find_their_folder_and_another_switch(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path, shell: str
) -> None:
    folder = tmp_path / "hello"
    example(folder, resolved, switch, "spt", build=False, run=False)
    moved = tmp_path / "a switch that was moved"
    switch.rename(moved)
    env = {"PATH": "/usr/bin:/bin", "OCAML_CROSS_SWITCH": str(moved)}
    subprocess.run([shell, folder / "build.sh", "xen"], cwd="/", env=env, check=True)
    assert (folder / "hello.xen").exists()


def test_dune_has_the_same_parts_in_the_context_of_the_switch(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path
) -> None:
    folder = tmp_path / "hello"
    example(folder, resolved, switch, "hvt", build=False, run=False)
    dune = (folder / "dune").read_text(encoding="utf-8")
    assert "(foreign_stubs (language c) (names startup manifest))" in dune
    assert '(link_flags (-cclib "-z solo5-abi=hvt"))' in dune
    assert dune.count("(= %{context_name} solo5)") == 2
    assert "(name solo5)" in (folder / "dune-workspace").read_text(encoding="utf-8")
    for name in ("dune", "dune-workspace", "dune-project"):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count("(") == text.count(")")


def test_other_bindings_are_built_and_not_run(tmp_path: Path, resolved: ResolvedSelection, switch: Path) -> None:
    done = made(tmp_path / "hello", resolved, switch, "hvt")
    assert done.program.endswith("hello.hvt")
    assert done.output == ""
    assert "needs no hypervisor" in done.not_run


def test_a_tender_that_may_not_use_seccomp_is_no_failure(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path
) -> None:
    write(
        switch / "solo5/bin/solo5-spt", "#!/bin/sh\necho 'solo5-spt: seccomp_load() failed: EPERM' >&2\nexit 1\n"
    )
    assert "seccomp_load() failed" in made(tmp_path / "hello", resolved, switch).not_run


def test_without_a_tender_it_is_not_run(tmp_path: Path, resolved: ResolvedSelection, switch: Path) -> None:
    (switch / "solo5/bin/solo5-spt").unlink()
    assert "without a tender" in made(tmp_path / "hello", resolved, switch).not_run


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\nexit 255\n", "#!/bin/sh\necho Aborted\n"], ids=["a status", "other words"]
)
def test_a_unikernel_that_says_something_else_has_failed(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path, text: str
) -> None:
    write(switch / "solo5/bin/solo5-spt", text)
    with pytest.raises(BuildError) as raised:
        made(tmp_path / "hello", resolved, switch)
    assert raised.value.code == "unikernel-failed"


def test_a_build_that_fails_says_how_it_ended(tmp_path: Path, resolved: ResolvedSelection, switch: Path) -> None:
    write(switch / "bin/ocamlopt", "#!/bin/sh\necho 'Error: Unbound module Unix' >&2\nexit 2\n")
    with pytest.raises(BuildError, match=r"build\.sh failed") as raised:
        made(tmp_path / "hello", resolved, switch)
    assert "Unbound module Unix" in raised.value.why


def refused(tmp_path: Path, resolved: ResolvedSelection, switch: Path, bindings: str = "spt") -> WizardError:
    with pytest.raises(WizardError) as raised:
        made(tmp_path / "hello", resolved, switch, bindings)
    return raised.value


def test_what_stands_there_is_not_touched(tmp_path: Path, resolved: ResolvedSelection, switch: Path) -> None:
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "mine").write_text("", encoding="utf-8")
    assert refused(tmp_path, resolved, switch).code == "project-taken"
    assert [path.name for path in (tmp_path / "hello").iterdir()] == ["mine"]


def test_unknown_bindings_are_refused_before_anything_is_written(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path
) -> None:
    assert isinstance(refused(tmp_path, resolved, switch, "genode"), InputError)
    assert not (tmp_path / "hello").exists()


def test_a_switch_without_its_parts_is_incomplete(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path
) -> None:
    (switch / PARTS / "startup.c").unlink()
    assert refused(tmp_path, resolved, switch).code == "switch-incomplete"


def test_a_path_that_makefiles_cannot_carry_is_refused(
    tmp_path: Path, resolved: ResolvedSelection, switch: Path
) -> None:
    with pytest.raises(FolderError, match="a space"):
        made(tmp_path / "my hello", resolved, switch)


# ---------------------------------------------------------------- the command


def test_the_command_tells_what_came_of_it(
    ocw: Ocw, tmp_path: Path, switch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "wizard.session.session.survey", lambda _known: msgspec.structs.replace(HERE, seccomp=True)
    )
    ended = ocw("new-unikernel", tmp_path / "hello", "--switch", switch)
    assert ended.code == 0, ended.err
    assert "it ran, and said: hello from OCaml 5.3.0" in ended.out
    data = msgspec.json.decode(ocw("new-unikernel", tmp_path / "two", "--switch", switch, "--json").out)
    assert data["not_run"] == ""


def test_a_switch_for_something_else_is_refused(ocw: Ocw, tmp_path: Path) -> None:
    assert ocw("new-unikernel", tmp_path / "hello", "--switch", tmp_path).code == 3
    lock = Lock("0", "aarch64-linux-musl", "ocaml-5.3.0.tgz", "1" * 64, "0.17.0", "build")
    save_preset(Preset(Selection(target="aarch64-linux"), lock=lock), tmp_path / "musl" / LOCK_FILE)
    ended = ocw("new-unikernel", tmp_path / "hello", "--switch", tmp_path / "musl")
    assert ended.code == 3
    assert "not unikernels" in ended.err


def test_without_a_name_it_is_the_newest_switch_for_unikernels(ocw: Ocw, tmp_path: Path, switch: Path) -> None:
    assert "there is no switch" in ocw("new-unikernel", tmp_path / "hello").err
    into = tmp_path / "ocw" / "data" / "switches" / "5.3.0-x86_64-solo5-ocaml"
    into.parent.mkdir(parents=True)
    switch.rename(into)
    ended = ocw("new-unikernel", tmp_path / "hello", "--no-build")
    assert ended.code == 0, ended.err
    assert str(into) in (tmp_path / "hello" / "build.sh").read_text(encoding="utf-8")
