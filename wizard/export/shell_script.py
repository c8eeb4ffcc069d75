"""A plan as one POSIX shell script that makes the identical switch, without Python.

It is an export of its own, and what each stage of a Dockerfile runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.base.errors import InputError
from wizard.catalogue.store import catalogue
from wizard.export.actions import PLANNED, Renderer
from wizard.export.quoting import FolderVariable, Quoter
from wizard.export.relocation import WORK, fetches_zip, zig_of
from wizard.export.shell_library import used_functions
from wizard.plan.host_part import host_plan, makes_host_only
from wizard.plan.model import Plan, Variable
from wizard.steps import actions as a
from wizard.steps.stage import Stage

_HEAD = """\
#!/bin/sh
# {title}
# Written by ocaml-cross-wizard {wizard} from the plan {id}: `export script` writes it again.
#
# Run it with `sh`: it goes through the {count} stages of the plan, passes over those that are done, and continues
# where an earlier run stopped. It needs no Python. `--help` says what may be changed.
# The prefix is part of the plan, and of the compiler: another one is another script.
set -eu
umask 022
LC_ALL=C
export LC_ALL
unset CDPATH
current=''
locked=no
"""

_HELP = """\
{title}

It is built in a work folder, proved there, and appears in its place only then:
  {prefix}

Variables of the environment that this script follows:
  OCW_WORK     the work folder; what is done stays there, for this and other scripts
               (default: ocaml-cross-script in XDG_CACHE_HOME or ~/.cache)
  OCW_SOURCES  a folder with source archives, looked at first
  OCW_OFFLINE  yes: the network is never asked for a source
  OCW_JOBS     how many jobs make runs at a time (default: as many as there are processors)
"""

_HELP_ZIG = """\
  OCW_ZIG      a folder with zig {version} (the program zig, the folder lib). It stays in use: the switch's
               wrapper scripts call it, and the C library that it has compiled into kept/toolchains of the
               work folder. (default: kept/toolchains/{name} in the work folder)
  OCW_ZIG_CACHE  what zig keeps of the C library (default: cache/zig in the work folder)
"""

_SETTINGS = """\
# ---------------------------------------------------------------- what may be changed

work=${OCW_WORK:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ocaml-cross-script}
sources=${OCW_SOURCES:-}
case $sources in '' | /*) ;; *) sources=$PWD/$sources ;; esac
offline=${OCW_OFFLINE:-no}
jobs=${OCW_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
usable OCW_WORK "$work"
case $jobs in '' | *[!0-9]*) fail 3 "OCW_JOBS=$jobs is no number" ;; esac
# Folders of PATH that mean wherever a command happens to run are left out.
path=$(printf '%s' "$PATH" | tr ':' '\\n' | sed -n '/^\\//p' | tr '\\n' ':')
"""

_SETTINGS_ZIG = """\
zig=${OCW_ZIG:-$zig}
zig_cache=${OCW_ZIG_CACHE:-$zig_cache}
usable OCW_ZIG "$zig"
usable OCW_ZIG_CACHE "$zig_cache"
"""

_START = """\
case "$(uname -s)-$(uname -m)" in
  {machines}) ;;
  *) fail 5 "the compiler of this plan does not run on $(uname -s) $(uname -m)" "export a script there" ;;
esac
trap ended EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
lock
"""

_ALWAYS = ("fail", "usable", "needs", "lock", "ended", "prepare", "stage", "there", "fetch", "free")
"""The functions that every script calls."""

_TOOLS = ("sed", "grep", "awk", "tar", "od", "dd", "tail", "cut", "tr")
"""What the script itself and OCaml's configure call."""


def script(plan: Plan) -> str:
    """The whole script of a plan whose folders are `relocation.FOLDERS`. The same plan gives the same text.

    Raises InputError for a source that is on this machine only.
    """
    _refuse_own_sources(plan)
    return _Script(plan).text()


def _refuse_own_sources(plan: Plan) -> None:
    """A script is run on any machine, and uses only what a published digest vouches for."""
    if plan.selection.sources:
        raise InputError("export-own-sources", "script", sources=", ".join(plan.selection.sources))


class _Script:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._zig = zig_of(plan)
        host = host_plan(plan)
        self._host_zig = zig_of(host) if host else None
        self._folders = _folders(plan, self._zig)
        self._quoter = Quoter([FolderVariable(WORK, "work"), *self._folders])
        self._renderer = Renderer(plan, self._quoter)
        self._bodies = [
            [line for action in stage.actions for line in self._renderer.action(action)] for stage in plan.stages
        ]

    def text(self) -> str:
        """All parts in their order; the functions of the library come first, and only those that are called."""
        parts = [self._settings(), *self._fetches(), *self._stages(), self._main()]
        calls = [*_ALWAYS, *(word for body in self._bodies for text in body for word in _called(text))]
        return "\n".join([self._head(), self._help(), *used_functions(calls), *parts])

    @property
    def title(self) -> str:
        """One sentence that says what the script makes."""
        plan = self._plan
        if makes_host_only(plan):
            return f"Makes the host compiler of OCaml {plan.release}, which runs on {plan.host}."
        return f"Makes the cross switch of OCaml {plan.release} for {plan.triplet}, on {plan.host}."

    def _head(self) -> str:
        plan = self._plan
        return _HEAD.format(title=self.title, wizard=plan.wizard, id=plan.id, count=len(plan.stages))

    def _help(self) -> str:
        text = _HELP.format(title=self.title, prefix=self._plan.prefix.replace(WORK, "(the work folder)"))
        if self._zig:
            name = self._zig.into.rsplit("/", 1)[-1]
            text += _HELP_ZIG.format(version=self._zig.version, name=name)
        return f"usage() {{\n  cat <<'END'\n{text}END\n}}\n"

    def _settings(self) -> str:
        """The variables: what may be changed, and the folders that follow from it."""
        defined = [FolderVariable(WORK, "work")]
        lines = []
        for folder in self._folders:
            lines.append(f"{folder.variable}={Quoter(defined).word(folder.path)}")
            defined.append(folder)
        more = _SETTINGS_ZIG if self._zig else ""
        return "\n".join([self._options(), _SETTINGS, *lines, more, self._environment()])

    def _options(self) -> str:
        return (
            "case ${1-} in\n  '') ;;\n  -h | --help)\n    usage\n    exit\n    ;;\n"
            '  *)\n    usage >&2\n    fail 2 "$1 is no option of this script"\n    ;;\nesac\n'
        )

    def _environment(self) -> str:
        """The function that runs a command in the plan's environment, and nothing else in it."""
        lines = [
            "# ---------------------------------------------------------------- the plan\n",
            f"# {PLANNED} COMMAND...: runs it in the environment of the plan. Nothing else is passed on.",
            f"{PLANNED}() {{",
            "  env -i \\",
        ]
        lines += [f"    {self._variable(variable)} \\" for variable in self._plan.environment]
        lines += ['    "$@"', "}\n"]
        placed = [text for body in self._bodies for text in body if text.startswith("placed")]
        if placed:
            lines += ["# placed: a text with the folders of this machine in it.", "placed() {"]
            lines += [f"  {self._quoter.substitution(text.partition(chr(10))[2] for text in placed)}", "}\n"]
        return "\n".join(lines)

    def _variable(self, variable: Variable) -> str:
        """One variable of the environment: PATH continues with this machine's own, make's jobs are chosen here."""
        value = variable.value
        if variable.name == "PATH":
            own = (f"{self._plan.host_prefix}/bin", f"{self._plan.staging}/wrappers")
            parts = [part for part in value.split(":") if part in own or part in self._quoter]
            return f'{self._quoter.word("PATH=" + ":".join(dict.fromkeys(parts)) + ":")}"$path"'
        if variable.name == "MAKEFLAGS":
            return f'"MAKEFLAGS={re.sub(r"-j[0-9]+", "-j$jobs", value)}"'
        return self._quoter.word(f"{variable.name}={value}")

    def _fetches(self) -> Iterator[str]:
        for record, action in self._renderer.fetches.items():
            yield f"{self._renderer.fetch_name(record)}() {{\n  {self._renderer.fetch(action)}\n}}\n"

    def _stages(self) -> Iterator[str]:
        for number, (stage, body) in enumerate(zip(self._plan.stages, self._bodies, strict=True), 1):
            yield f"# ---------------------------------------------------------------- {number}: {stage.title}\n"
            yield f"{self._about(number, stage)}\n{self._made(number, stage)}\n"
            yield "\n".join([f"# {stage.why}", f"stage_{number}() {{", *(f"  {line}" for line in body), "}\n"])

    def _about(self, number: int, stage: Stage) -> str:
        """What is known of a stage. Its digest covers where zig is, too, where anything before it does."""
        unpacks = any(isinstance(action, a.UnpackSource) for action in stage.actions)
        zig = self._host_zig if stage.shared else self._zig
        digest = f'"{stage.digest} $zig $zig_cache"' if zig else stage.digest
        word = self._quoter.word
        return (
            f"about_{number}() {{\n  home={word(stage.home)} id={stage.id} unpacks={'yes' if unpacks else 'no'}\n"
            f"  title={word(stage.title)}\n  digest={digest}\n}}"
        )

    def _made(self, number: int, stage: Stage) -> str:
        return f"made_{number}() {{\n  there {self._quoter.words(stage.outputs)}\n}}"

    def _main(self) -> str:
        plan = self._plan
        machines = " | ".join(catalogue().systems_running(plan.host))
        lines = ["# ---------------------------------------------------------------- the build\n"]
        lines += [f"stages={len(plan.stages)}", _START.format(machines=machines)]
        lines += [f"needs {self._quoter.words(self._needed())}"]
        if not makes_host_only(plan):
            lines.append(f"free {self._quoter.word(plan.prefix)}")
        folders = [v.value for v in plan.environment if v.name in ("HOME", "TMPDIR")]
        lines.append(f"mkdir -p {self._quoter.words(folders)}")
        homes: dict[str, list[str]] = {}
        for number, stage in enumerate(plan.stages, 1):
            homes.setdefault(stage.home, []).append(str(number))
        lines += [f"prepare {' '.join(numbers)}" for numbers in homes.values()]
        lines += [f"stage {number}" for number in range(1, len(plan.stages) + 1)]
        lines.append(f"printf '%s\\n' {self._last_words()}\n")
        return "\n".join(lines)

    def _last_words(self) -> str:
        plan = self._plan
        if makes_host_only(plan):
            return self._quoter.word(f"The host compiler is in {plan.prefix}.")
        return self._quoter.words((f"The switch is in {plan.prefix}. Next:", f"  . {plan.prefix}/env.sh"))

    def _needed(self) -> list[str]:
        """The programs that the plan's commands start, and what else they name outside of its own folders."""
        needed = dict.fromkeys((*_TOOLS, "unzip") if fetches_zip(self._plan) else _TOOLS)
        for action in (action for stage in self._plan.stages for action in stage.actions):
            if isinstance(action, a.ApplyPatch):
                needed["patch"] = None
            if not isinstance(action, a.Run):
                continue
            if "/" not in action.argv[0]:
                needed[action.argv[0]] = None
            if "HOST_PKG_CONFIG=pkg-config" in action.argv:  # Solo5's tenders
                needed["pkg-config"] = None
            for word in action.argv[1:]:
                for path in re.findall(r"(?:^|(?<=[=\s]))/[^\s:=]+", word):
                    if path not in self._quoter and not path.startswith(self._plan.prefix):
                        needed[path] = None
        return list(needed)


def _folders(plan: Plan, zig: a.PlaceToolchain | None) -> list[FolderVariable]:
    """The folders of a plan that get a variable of their own; a folder may be inside an earlier folder."""
    homes = [stage.home for stage in plan.stages if stage.shared]
    hosts = [FolderVariable(home, f"host{n or ''}") for n, home in enumerate(dict.fromkeys(homes))]
    tools = [FolderVariable(zig.into, "zig"), FolderVariable(plan.cache_folder, "zig_cache")] if zig else []
    build = [FolderVariable(plan.build_folder, "build")]
    return [*tools, *hosts, *build, *([] if makes_host_only(plan) else [FolderVariable(plan.staging, "staging")])]


def _called(text: str) -> list[str]:
    """The words of an action's first line that may be functions: no comment's, none in quotes."""
    line = text.partition("\n")[0]
    return [] if line.startswith("#") else re.findall(r"\w+", re.sub(r"""'[^']*'|"(?:[^"\\]|\\.)*\"""", "", line))
