"""What a plan does with Cosmopolitan: unpacks and checks it, lays headers and start-up over it."""

from __future__ import annotations

from pathlib import Path

from wizard.catalogue.model import Component
from wizard.catalogue.selection import Lock
from wizard.check.resolved import ResolvedSelection
from wizard.steps import actions as a
from wizard.steps.scripts import run_script
from wizard.steps.sources import component_digests, component_records
from wizard.toolchains import cosmocc
from wizard.toolchains.cosmopolitan import EMPTY_LIBRARIES, FOLDER, STARTUP, overlay, shim_texts, startup_text


def unpacked(resolved: ResolvedSelection, staging: str, folder: str) -> tuple[a.AnyAction, ...]:
    """The actions that put it into the switch growing in `staging`, every file checked, with its headers."""
    own = [component for component in resolved.components if resolved.toolchain.id in component.toolchains]
    into = f"{staging}/{FOLDER}"
    actions: list[a.AnyAction] = []
    for component in own:
        record = component_records([component], Path(folder))[component.name]
        actions += [a.UnpackSource(record, into), a.CheckFiles(into, component.files)]
    return (*actions, *_shims(into))


def kept_folder(resolved: ResolvedSelection, toolchains: str, lock: Lock | None) -> str:
    """Where cosmocc is kept for all switches: by its archive's digest, so that another one has another place."""
    return f"{toolchains}/{cosmocc.NAME}-{component_digests([_cosmocc(resolved)], lock)[0][:12]}"


def kept(resolved: ResolvedSelection, into: str, folder: str) -> tuple[a.AnyAction, ...]:
    """The actions that put cosmocc there."""
    component = _cosmocc(resolved)
    record = component_records([component], Path(folder))[component.name]
    return (a.KeepSource(record, into, component.files),)


def _cosmocc(resolved: ResolvedSelection) -> Component:
    return next(component for component in resolved.components if component.name == cosmocc.NAME)


def _shims(into: str) -> list[a.WriteFile]:
    return [
        a.WriteFile(f"{into}/include/{name}", text, f"the header {name}: includes {overlay().header}")
        for name, text in shim_texts().items()
    ]


def completed(staging: str, triplet: str, folder: str, provider: str) -> tuple[a.AnyAction, ...]:
    """The actions that follow once there are wrapper scripts: the start-up object, and libraries by name only."""
    into = f"{staging}/{FOLDER}"
    wrapper = f"{staging}/wrappers/{triplet}"
    source, object_ = f"{into}/{STARTUP}.c", f"{into}/{STARTUP}.o"
    names = (f"{wrapper}-ar", f"{into}/lib", *overlay().empty_libraries)
    why = "libraries that are in the one library: their names are there for who asks for them"
    # cosmocc has such libraries of its own.
    empty = run_script(f"{folder}/scripts", "empty-libraries.sh", EMPTY_LIBRARIES, names, cwd=into, why=why)
    return (
        *(empty if provider == "cosmopolitan" else ()),
        a.WriteFile(source, startup_text(), "the start-up object: fills in OCaml's tables before main"),
        a.Run((f"{wrapper}-cc", "-O2", "-c", source, "-o", object_), into, f"what -z {STARTUP} links"),
    )
