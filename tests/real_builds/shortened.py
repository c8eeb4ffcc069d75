"""A real build, cut down to some ten seconds: real source, configure, make, install; then laid out and published.

The runtime's C code by this machine's C compiler, the standard library's bytecode by the
host compiler that all real builds share.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from pathlib import Path

import msgspec

from tests.support.building import to_end
from wizard.base.digests import sha256_of
from wizard.base.folders import Folders
from wizard.builder.launch import start
from wizard.builds.folder import Options
from wizard.builds.journal import BuildEnded
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.stage import Stage

ARCHIVE = "ocaml-without-tests.tar.gz"

NEW_FILE = """\
--- /dev/null
+++ b/runtime/caml/patched.h
@@ -0,0 +1 @@
+/* A patch was applied. */
"""


def folders_below(home: Path) -> Folders:
    return Folders(home / "cache", home / "data", home / "state")


def built_host(folders: Folders, scratch: Path) -> Plan:
    """A real plan whose host compiler is there: built now, if no other test has built it."""
    plan = _whole_plan(folders, scratch / "unused", ())
    stages = tuple(stage for stage in plan.stages if stage.id == "fetch" or stage.shared)
    host = msgspec.structs.replace(plan, stages=stages)
    last = to_end(start(host, Options(sources=os.environ.get("OCW_SOURCES", ""))), seconds=1800)[-1]
    assert isinstance(last, BuildEnded)
    assert last.outcome == "done", last.error
    return plan


def _whole_plan(folders: Folders, prefix: Path, patches: tuple[str, ...]) -> Plan:
    session = Session(folders)
    chosen = Selection(target="aarch64-linux", release="5.3.0", host_compiler="build", patches=patches)
    return session.plan(session.check(Preset(chosen), prefix))


def smaller_source(plan: Plan, into: Path) -> Source:
    """The source of the host compiler without OCaml's own tests, which are two thirds of its files."""
    record = Path(plan.host_prefix).parent / "source.json"
    found = msgspec.json.decode(record.read_bytes())
    into.mkdir(exist_ok=True)
    with tarfile.open(found["path"]) as whole, tarfile.open(into / ARCHIVE, "w:gz", compresslevel=1) as smaller:
        for member in whole:
            if "/testsuite/" not in member.name:
                smaller.addfile(member, whole.extractfile(member) if member.isreg() else None)
    return Source(kind="official", file=ARCHIVE, sha256=sha256_of(into / ARCHIVE))


def shortened_plan(folders: Folders, prefix: Path, warm: Path, scratch: Path) -> Plan:
    """The plan, its source in `scratch`/sources.

    `warm`: where configure's answers are kept between runs, which makes it three times as fast.
    """
    patch = scratch / "new-file.patch"
    patch.write_text(NEW_FILE)
    plan = _whole_plan(folders, prefix, (str(patch),))
    tree, host, lib = f"{plan.build_folder}/tree", plan.host_prefix, f"{plan.staging}/lib/ocaml"
    cc = next(word for word in _words(plan.stage("host-configure")) if word.startswith("CC="))
    flags = [flag.flag for flag in plan.host_flags if not flag.flag.startswith("--prefix")]
    flags += [f"--prefix={prefix}", "--disable-native-compiler", "CFLAGS=-O0", cc, "--cache-file=config.cache"]
    keep = f"[ -e {warm} ] || {{ cp config.cache {warm}.new && mv {warm}.new {warm}; }}"
    tools = (f"OCAMLRUN={host}/bin/ocamlrun", f"NEW_OCAMLRUN={host}/bin/ocamlrun", f"CAMLC={host}/bin/ocamlc")
    destdir = plan.staging.removesuffix(str(prefix))
    install = f"""\
mkdir -p {plan.staging}/bin {lib}/caml &&
install runtime/ocamlrun {host}/bin/ocamlc.opt {plan.staging}/bin/ &&
ln -sf ocamlc.opt {plan.staging}/bin/ocamlc &&
install -m 644 runtime/libcamlrun.a Makefile.config {lib}/ &&
install -m 644 runtime/caml/*.h {lib}/caml/"""
    middle: dict[str, tuple[a.AnyAction, ...]] = {
        "configure": (
            _shell(f"[ ! -e {warm} ] || cp {warm} config.cache", tree),
            a.Run(("sh", "./configure", *flags), tree),
            _shell(keep, tree),
        ),
        "runtime": (a.Run(("make", "runtime/ocamlrun", "runtime/libcamlrun.a"), tree),),
        "library": (a.Run(("make", "-C", "stdlib", *tools, f"COMPILER={host}/bin/ocamlc", "all"), tree),),
        "install": (
            _shell(install, tree),
            a.Run(("make", "-C", "stdlib", *tools, f"DESTDIR={destdir}", "install"), tree),
        ),
    }
    source = smaller_source(plan, scratch / "sources")
    (fetch,) = plan.stage("fetch").actions
    assert isinstance(fetch, a.FetchSource)
    middle["fetch"] = (msgspec.structs.replace(fetch, sources=(source,)),)
    names = ("fetch", "source", "configure", "runtime", "library", "install", "switch", "publish")
    return msgspec.structs.replace(plan, stages=tuple(_stage(plan, name, middle) for name in names))


def _words(stage: Stage) -> tuple[str, ...]:
    return tuple(word for action in stage.actions if isinstance(action, a.Run) for word in action.argv)


def _shell(script: str, folder: str) -> a.Run:
    return a.Run(("sh", "-c", script), folder)


def _stage(plan: Plan, name: str, middle: dict[str, tuple[a.AnyAction, ...]]) -> Stage:
    if name not in middle:
        return plan.stage(name)
    text = msgspec.json.encode(middle[name])
    return Stage(
        id=name, title=name, why="", home=plan.build_folder, actions=middle[name], outputs=(), shared=False,
        digest=hashlib.sha256(text).hexdigest(), seconds=5.0, lines=100,
    )  # fmt: skip


def contents(root: Path) -> dict[str, tuple[str, str]]:
    """Everything below a folder: its kind and mode, and its digest or where it links to."""
    found = {}
    for path in sorted(root.rglob("*")):
        mode = stat.filemode(path.lstat().st_mode)
        if path.is_symlink():
            what = str(path.readlink())
        elif path.is_file():
            what = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            what = ""
        found[str(path.relative_to(root))] = (mode, what)
    return found
