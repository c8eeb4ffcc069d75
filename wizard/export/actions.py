"""Each kind of action as lines of POSIX sh, which do what the builder does."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import assert_never

from wizard.catalogue.presets import Pin, preset_text
from wizard.catalogue.store import catalogue
from wizard.export.machine_facts import facts, interpreter
from wizard.export.proof import ProofLines
from wizard.export.quoting import Quoter, here_document
from wizard.plan.lock import lock_preset
from wizard.plan.model import Plan
from wizard.steps import actions as a

PLANNED = "planned"
"""The shell function that runs a command in the plan's environment."""


class Renderer:
    """Renders the actions of one plan. Each text is a call of a shell function, with its here-document."""

    def __init__(self, plan: Plan, quoter: Quoter) -> None:
        self._plan = plan
        self._quoter = quoter
        self._word = quoter.word
        fetches = (
            action for stage in plan.stages for action in stage.actions if isinstance(action, a.FetchSource)
        )
        self.fetches = {action.record: action for action in fetches}

    def action(self, action: a.AnyAction) -> Iterator[str]:
        """The lines of one action."""
        match action:
            case a.Run():
                yield from self._run(action)
            case a.WriteFile():
                yield f"# {action.purpose}"
                yield self._write(action.path, action.text, action.mode)
            case a.FetchSource():
                yield self.fetch_name(action.record)
            case a.UnpackSource():
                name = self.fetch_name(action.record)
                yield f"unpack {name} {self._words(action.record, action.into, *filter(None, [action.without]))}"
            case a.CheckFiles():
                pairs = (word for name, digest in action.files.items() for word in (digest, name))
                yield f"check_files {self._words(action.folder, *pairs)}"
            case a.KeepSource():
                name = self.fetch_name(action.record)
                pairs = (word for name_, digest in action.files.items() for word in (digest, name_))
                yield f"keep_source {name} {self._words(action.record, action.into, *pairs)}"
            case a.ApplyPatch():
                yield self._patch(action)
            case a.PlaceToolchain():
                yield f"place_toolchain {self._words(action.source, action.version)}"
            case a.CheckCompiler():
                yield from self._check_compiler(action)
            case a.CheckMakefileConfig():
                for name, value in action.expected.items():
                    yield f"configured {self._words(action.path, name, value)}"
            case a.WriteLock():
                yield from self._write_lock(action)
            case a.Prove():
                yield from ProofLines(self._plan, self._quoter, action).lines()
            case a.Publish():
                yield f"publish {self._words(action.source, action.into)}"
            case _:
                assert_never(action)

    def fetch_name(self, record: str) -> str:
        """The shell function that fetches the source of that record."""
        return f"source_{list(self.fetches).index(record) + 1}"

    def fetch(self, action: a.FetchSource) -> str:
        """The body of that function."""
        words = [self._words(action.name, action.record, self._plan.sources_folder)]
        for source in action.sources:
            origin = source.address or source.package
            words.append(self._words(source.kind, source.file, source.digest, origin))
        return "fetch " + " \\\n    ".join(words)

    def _words(self, *texts: str) -> str:
        return self._quoter.words(texts)

    def _run(self, action: a.Run) -> Iterator[str]:
        if action.why:
            yield f"# {action.why}"
        assignments = (f"{name}={value}" for name, value in action.env.items())
        yield f"run {self._words(action.cwd, *assignments, *action.argv)}"

    def _write(self, path: str, text: str, mode: int = 0o644, through: str = "") -> str:
        """A new file with this text, which goes through the command `through` first."""
        call = f"write_file {mode:o} {self._word(path)}"
        if not text.endswith("\n"):  # a here-document would end it with a line break
            return f"printf '%s' {self._word(text)} | {call}"
        first, *rest = filter(None, ("placed" if text in self._quoter else "", through, call))
        return f"{first} {here_document(text, ' '.join(f'| {command}' for command in rest))}"

    def _patch(self, action: a.ApplyPatch) -> str:
        text = action.text if action.text.endswith("\n") else f"{action.text}\n"
        return f"apply_patch {self._words(action.name, action.tree, *patched_files(text))} {here_document(text)}"

    def _check_compiler(self, action: a.CheckCompiler) -> Iterator[str]:
        target = catalogue().machines[action.target]
        linked = interpreter(target, catalogue().libcs[self._plan.selection.libc]) if action.static else "any"
        if catalogue().toolchains[self._plan.selection.toolchain].installed:
            yield f"check_version {self._words(action.compiler, self._plan.toolchain_version)}"
        words = (action.compiler, action.answer, facts(target), linked, action.scratch, target.program_suffix)
        yield f"check_compiler {self._words(*words)}"
        if target.jump_size:
            yield f"check_jumps {self._words(action.compiler, action.assembler, action.scratch)}"

    def _write_lock(self, action: a.WriteLock) -> Iterator[str]:
        """The lock file of each combination of archives that may have been used."""
        records = {"": action.record, **action.components}
        used = "/".join(f"$(sed -n 1p {self._word(record)})" for record in records.values())
        yield f'case "{used}" in'
        for sources in itertools.product(*(self.fetches[record].sources for record in records.values())):
            by_id = dict(zip(records, sources, strict=True))
            pins = {id_: Pin(source.file, source.sha256 or _mark(id_)) for id_, source in by_id.items()}
            text = preset_text(lock_preset(self._plan, pins.pop(""), pins))
            names = "/".join(f"{source.digest} {source.file}" for source in sources)
            # What was published with a sha512 is pinned by the sha256 that is computed when the script runs.
            without = [id_ for id_, source in by_id.items() if not source.sha256]
            later = [word for id_ in without for word in (_mark(id_), records[id_])]
            yield f"  {self._word(names)})"
            yield self._write(action.path, text, through=f"pinned {self._words(*later)}" if later else "")
            yield "  ;;"
        yield "esac"


def _mark(component: str) -> str:
    """A placeholder in a lock file's text for a sha256 that is not known before the archive is fetched."""
    return f"OCAML-CROSS-SHA256-OF-{component}"


def patched_files(diff: str) -> list[str]:
    """The files that a unified diff changes, their first folder stripped as `patch -p1` does."""
    files = []
    for old, new in re.findall(r"^--- ([^\t\n]+).*\n\+\+\+ ([^\t\n]+)", diff, re.MULTILINE):
        name = old if new.strip() == "/dev/null" else new
        files.append(name.strip().partition("/")[2])
    return files
