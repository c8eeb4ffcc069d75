"""A report to attach to a bug report: diagnosis, plan, journal, logs, facts of the machine; redacted."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from wizard.base.errors import FolderError
from wizard.base.files import replacing
from wizard.builds.journal import JOURNAL
from wizard.builds.stage_logs import stage_logs
from wizard.doctor.build_diagnosis import BuildDiagnosis, failed_command, plan_of
from wizard.doctor.redact import Redactor
from wizard.logs.diagnosis import Diagnosis
from wizard.machine.survey import LOCK_FILE, BuildMachine

HEAD, TAIL = 1 << 16, 1 << 18
"""Bytes of a log's beginning and of its end that a report holds."""

NEAR_CAUSE = 1 << 15
"""Bytes of a log around the line that names the cause."""


class Part(msgspec.Struct, frozen=True):
    """A file of a report: its name in it, what it is, its text."""

    name: str
    what: str
    text: str


def parts_of_log(diagnosis: Diagnosis, words: str, log: Path, machine: BuildMachine) -> Iterator[Part]:
    """The report of a log that a user handed in. `words`: the diagnosis as text."""
    yield from _general(words, msgspec.json.encode(diagnosis), machine)
    yield Part(
        "log.txt",
        "the log, where it is long its beginning, its end and what is near the cause",
        _read(log, diagnosis),
    )


def parts_of_build(
    build_diagnosis: BuildDiagnosis, words: str, folder: Path, machine: BuildMachine
) -> Iterator[Part]:
    """The report of a build."""
    yield from _general(words, msgspec.json.encode(build_diagnosis), machine)
    for name, what in (
        ("plan.json", "the plan: flags, environment, wrapper scripts, patches, commands"),
        ("options.json", "how the build was started"),
        (JOURNAL, "the journal: what began and ended when"),
        ("builder.out", "what the builder itself said"),
        ("error.txt", "how the builder was started and failed"),
    ):
        if (folder / name).is_file():
            yield Part(name, what, _read(folder / name))
    plan = plan_of(folder, build_diagnosis.stage)
    for place in (Path(plan.staging), Path(plan.prefix)) if plan else ():
        if (place / LOCK_FILE).is_file():
            yield Part(LOCK_FILE, "the lock file: the digest of every input", _read(place / LOCK_FILE))
            break
    for stage, log in stage_logs(folder).items():
        known = build_diagnosis.diagnosis if stage == build_diagnosis.stage else None
        yield Part(
            f"logs/{stage}.log", f"what the stage {stage} printed, where it is long not all", _read(log, known)
        )
    run = failed_command(folder, plan.stage(build_diagnosis.stage)) if plan else None
    config = Path(run.cwd) / "config.log" if run else None
    if config and config.is_file():
        yield Part("config.log", "what configure's probes printed", _read(config))


def _general(words: str, data: bytes, machine: BuildMachine) -> Iterator[Part]:
    yield Part("diagnosis.txt", "this diagnosis", words + "\n")
    yield Part("diagnosis.json", "the same as data", msgspec.json.format(data).decode())
    yield Part(
        "machine.json", "the machine: processor, tools, compilers, scrubbed variables by name", _facts(machine)
    )


def _facts(machine: BuildMachine) -> str:
    import platform
    import sys

    from wizard import __version__

    facts = {
        "wizard": __version__,
        "python": sys.version.split()[0],
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "") if _has_os_release() else "",
        **msgspec.to_builtins(machine),
    }
    return msgspec.json.format(msgspec.json.encode(facts)).decode()


def _has_os_release() -> bool:
    return any(Path(name).exists() for name in ("/etc/os-release", "/usr/lib/os-release"))


def _read(path: Path, diagnosis: Diagnosis | None = None) -> str:
    """A file's text; of a long one its beginning, what is near the cause, and its end."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            if size <= HEAD + TAIL:
                wanted = [(0, size)]
            else:
                cause = diagnosis.offset if diagnosis and diagnosis.file == str(path) else 0
                low, high = max(HEAD, cause - NEAR_CAUSE), min(size - TAIL, cause + NEAR_CAUSE)
                wanted = [(0, HEAD), *([(low, high)] if cause and low < high else []), (size - TAIL, size)]
            texts, end = [], 0
            for low, high in wanted:
                if low > end:
                    texts.append(f"\n[{low - end} bytes are left out]\n")
                file.seek(low)
                texts.append(file.read(high - low).decode(errors="replace"))
                end = high
    except OSError as error:
        return f"[cannot be read: {error.strerror or error}]\n"
    return "".join(texts)


def write_bundle(parts: Iterable[Part], path: Path, redact: Redactor) -> tuple[Part, ...]:
    """Write a report, whole or not at all; what is in it, as it was written.

    Its entries carry no owner and no time. Raises FolderError where it cannot be written.
    """
    written = tuple(msgspec.structs.replace(part, text=redact(part.text)) for part in parts)
    try:
        with replacing(path, mode=0o600) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for part in written:
                data = part.text.encode()
                entry = tarfile.TarInfo(f"report/{part.name}")
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    except (OSError, ValueError) as error:
        raise FolderError("report-not-written", path=path, reason=error) from None
    return written
