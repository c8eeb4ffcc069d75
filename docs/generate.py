"""The pages of the reference, made from the code: a hook of mkdocs, and a command that writes them to a folder.

mkdocs.yml names this file under `hooks`, so that `mkdocs build` and `mkdocs serve` have the pages without files in
the tree. `python docs/generate.py FOLDER` writes the same pages as Markdown, to be read or compared.

What a page says comes from the command line itself (the commands' own help, `explain --json`, `matrix --markdown`)
and from the types of a preset. Texts are therefore changed in the code, never here.
"""

from __future__ import annotations

import html
import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from click.testing import CliRunner

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]
NAME = "ocaml-cross-wizard"

KINDS = {
    "finding": (
        "findings",
        "Findings of a check",
        "`check`, `show` and the review of the wizard report these about a selection and the build machine. An "
        "*error* refuses the build, a *warning* or a *note* does not.",
    ),
    "error": (
        "errors",
        "Errors",
        "A command that cannot do its work prints one of these and exits with its code.",
    ),
    "check": ("doctor", "Checks of the doctor", "What `doctor` looks at on a machine."),
    "cause": (
        "causes",
        "Causes that diagnose knows",
        "`diagnose` recognises these in the log of a failed build, whoever started it.",
    ),
}
"""The kinds of codes as `explain --json` names them: the page, its title, and what it is about."""

HOSTS = {
    "x86_64-linux": "Compilers that run on x86_64 Linux",
    "i686-linux": "Compilers that run on 32-bit x86 Linux",
}
"""The host machines of the matrix. The second runs on every x86_64 Linux, and is what 32-bit targets need."""

DOCUMENTS = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
}
"""Documents of the root, where code hosts look for them, and the pages that show them."""


def output_of(*words: str) -> str:
    """What a command of the wizard prints. Raises RuntimeError where it fails."""
    from wizard.faces.cli import root

    ended = CliRunner().invoke(root, list(words), prog_name=NAME)
    if ended.exit_code != 0:
        raise RuntimeError(f"{NAME} {' '.join(words)} ended with {ended.exit_code}: {ended.output}")
    return ended.output


def prose(text: str) -> str:
    """A text of the program as Markdown: what stands between backticks stays as it is, the rest means itself."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_\[\]#|])", r"\\\1", html.escape(text, quote=False))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. Its cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(" ".join(cell.split()) for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """A text as code within a cell of a table, where a bar would end the cell."""
    if "|" in text:
        return f"<code>{html.escape(text, quote=False).replace('|', '&#124;')}</code>"
    return f"`{text}`" if text else ""


# --- commands


def commands_page() -> str:
    """Every command: its usage, its text, its options, its examples."""
    from wizard.faces.cli import root

    context = click.Context(root, info_name=NAME, **root.context_settings)
    parts = [
        "# Commands",
        f"`ocw` is short for `{NAME}`. Without a command the wizard itself starts. Most commands print data with "
        "`--json`. An option of a selection wins over the preset that is named beside it.",
        *_option_table(root, context),
    ]
    for path, command, above in _commands(root, context, ()):
        parts += _command(path, command, above)
    return "\n\n".join(parts) + "\n"


def _commands(
    group: click.Group, context: click.Context, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command, context
        if isinstance(command, click.Group):
            yield from _commands(command, click.Context(command, context, info_name=name), (*path, name))


def _command(path: tuple[str, ...], command: click.Command, above: click.Context) -> list[str]:
    context = click.Context(command, above, info_name=path[-1])
    pieces = " ".join(piece for piece in command.collect_usage_pieces(context) if piece)
    parts = [
        f"{'#' * (len(path) + 1)} {' '.join(path)}",
        f"```text\n{NAME} {' '.join(path)} {pieces}\n```",
    ]
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            title, *lines = paragraph.splitlines()[1:]
            if not title.startswith("Examples"):
                title, lines = "", [title, *lines]
            text = "\n".join(line.removeprefix("  ") for line in lines)
            parts.append(f"{title}\n\n```{'sh' if title else 'text'}\n{text}\n```".lstrip())
        else:
            parts.append(prose(" ".join(paragraph.split())))
    return [*parts, *_option_table(command, context)]


def _option_table(command: click.Command, context: click.Context) -> list[str]:
    records = [
        record
        for option in command.params
        if isinstance(option, click.Option) and (record := option.get_help_record(context)) is not None
    ]
    if not records:
        return []
    return [table(("option", "meaning"), [(code(names), prose(text)) for names, text in records])]


# --- codes


def codes() -> list[dict[str, Any]]:
    """Every code with its texts, as `explain --json` prints them."""
    found: list[dict[str, Any]] = json.loads(output_of("explain", "--json"))
    return found


def code_pages() -> dict[str, str]:
    """A page for each kind of code, and one that lists them all."""
    every = codes()
    kinds = dict.fromkeys(entry["of"] for entry in every)
    pages = {}
    listed = []
    for kind in kinds:
        page, title, about = KINDS.get(kind, (f"{kind}s", f"Codes of the kind {kind}", ""))
        entries = sorted((entry for entry in every if entry["of"] == kind), key=lambda entry: str(entry["code"]))
        pages[f"reference/codes/{page}.md"] = "\n\n".join([f"# {title}", about, *map(_code_text, entries)]) + "\n"
        rows = [
            (f"[`{entry['code']}`]({page}.md#{entry['code']})", prose(entry.get("what") or ""))
            for entry in entries
        ]
        listed += [f"## {title}", about, table(("code", "what"), rows)]
    head = (
        "# Codes\n\nEvery message of the wizard that tells of a problem carries a code in brackets. A code never "
        f"changes its meaning. `{NAME} explain CODE` prints the same text as these pages, "
        f"`{NAME} explain --list` lists all of them."
    )
    pages["reference/codes/index.md"] = "\n\n".join([head, *listed]) + "\n"
    return pages


def _code_text(entry: dict[str, Any]) -> str:
    parts = [f"## {entry['code']} {{ #{entry['code']} }}", f"**{prose(entry.get('what') or '')}**"]
    notes = []
    if entry.get("severity") not in (None, "", entry["of"]):
        notes.append(f"Severity: {entry['severity']}.")
    if entry.get("exit_code"):
        notes.append(f"Exit code: {entry['exit_code']}.")
    if notes:
        parts.append(" ".join(notes))
    if entry.get("why"):
        parts.append(prose(entry["why"]))
    if entry.get("confirm"):
        parts.append(f"Check it yourself: {prose(entry['confirm'])}")
    if entry.get("cure"):
        parts.append("What to do:\n\n" + "\n".join(f"- {prose(_fix_text(fix))}" for fix in entry["cure"]))
    if entry.get("examples"):
        parts.append("Examples:\n\n" + "\n".join(f"- {prose(str(example))}" for example in entry["examples"]))
    if entry.get("source"):
        parts.append(f"Source: {prose(entry['source'])}")
    return "\n\n".join(parts)


def _fix_text(fix: str | dict[str, Any]) -> str:
    """A fix is a sentence, or a sentence with a command."""
    if isinstance(fix, str):
        return fix
    command = fix.get("command", "")
    return f"{fix.get('text', '')} `{command}`" if command else str(fix.get("text", ""))


# --- small tables


def exit_codes_page() -> str:
    """The exit codes, which `--help` shows too."""
    from wizard.base.errors import exit_code_table

    rows = [(str(number), prose(meaning)) for number, meaning in exit_code_table()]
    return (
        "# Exit codes\n\nThe same for every command, so that a script can tell why one failed. An error also "
        f"has a [code in words](codes/errors.md).\n\n{table(('exit code', 'meaning'), rows)}\n"
    )


def environment_page() -> str:
    """The variables and folders that the manual page names."""
    from wizard.faces.cli.commands.manual import FILES, VARIABLES

    variables, files = ([(code(name), prose(meaning)) for name, meaning in rows] for rows in (VARIABLES, FILES))
    return (
        "# Environment variables and files\n\n"
        f"The same tables are in the manual page (`man {NAME}`).\n\n"
        f"## Variables\n\n{table(('variable', 'meaning'), variables)}\n\n"
        f"## Files\n\n{table(('path', 'what is in it'), files)}\n"
    )


def targets_page() -> str:
    """What works, what cannot, what is untested; then the machines, C libraries, toolchains and releases."""
    from wizard.catalogue.store import catalogue

    known = catalogue()
    parts = [
        "# Targets",
        "*Works* means that a switch was built, proved, and its programs were run, and that the evidence names "
        "the day, the release, the digest of its source, the C toolchain and what ran the programs. *Untested* "
        "means that no rule refuses it and nobody has recorded a proof. *Refused* means that it cannot work; the "
        f"code says why ([all codes](codes/index.md)). `{NAME} matrix` prints these tables for the machine that "
        "you are at.",
    ]
    for host, title in HOSTS.items():
        printed = output_of("matrix", "--all", "--markdown", "--host", host)
        parts += [f"## {title}", *(part for part in printed.strip().split("\n\n") if part.startswith("|"))]
    machines = [
        (
            code(id_),
            prose(machine.title),
            f"{machine.word_size} bit",
            ", ".join(code(triplet) for libc in known.libcs.values() if (triplet := libc.triplets.get(id_))),
            ", ".join(map(code, machine.spellings)),
        )
        for id_, machine in known.machines.items()
    ]
    header = ("target", "what it is", "words", "triplets", "also spelled")
    parts += ["## Machines", table(header, machines)]
    for title, things in (
        ("C libraries", known.libcs),
        ("C toolchains", known.toolchains),
        ("OCaml releases", known.releases),
        ("Patches to OCaml's source", known.patches),
    ):
        rows = [
            (code(id_), prose(thing.title), prose(getattr(thing, "about", "") or getattr(thing, "reason", "")))
            for id_, thing in things.items()
        ]
        parts += [f"## {title}", table(("name", "title", "what it is"), rows)]
    return "\n\n".join(parts) + "\n"


# --- presets


def _fields() -> Iterator[tuple[str, str, str, str]]:
    """The fields of a selection: name, type, default, meaning (of the option that sets it)."""
    from wizard.catalogue.selection import Selection
    from wizard.faces.cli import root

    build = root.get_command(click.Context(root), "build")
    assert build is not None
    options = {flag: option for option in build.params if isinstance(option, click.Option) for flag in option.opts}
    schema = msgspec.json.schema(Selection)["$defs"]["Selection"]
    for name, words in schema["properties"].items():
        # An option that may be repeated is named for one value: `patches` is what `--patch` adds to.
        flag = f"--{name.replace('_', '-')}"
        singular = {"--patches": "--patch", "--sources": "--source"}.get(flag, flag)
        default = json.dumps(words["default"]) if "default" in words else "required"
        yield name, _type_words(words), default, options[singular].help or ""


def _type_words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(code(json.dumps(value)) for value in schema["enum"])
    if schema.get("type") == "array":
        return "list of strings"
    return "text" if schema.get("type") == "string" else str(schema.get("type", "table"))


def presets_page() -> str:
    """The fields of a preset and of a lock file, and the presets that come with the wizard."""
    from wizard.catalogue.presets import Lock, Pin

    shipped: dict[str, dict[str, Any]] = json.loads(output_of("presets", "--json"))
    fields = [
        (code(name), kind, default if default == "required" else code(default), prose(meaning))
        for name, kind, default, meaning in _fields()
    ]
    pinned = []
    for struct, prefix in ((Lock, "lock."), (Pin, "lock.components.NAME.")):
        schema = msgspec.json.schema(struct)["$defs"][struct.__name__]
        for name, words in schema["properties"].items():
            pinned.append((code(prefix + name), _type_words(words), "no" if "default" in words else "yes"))
    listed = [(code(name), prose(str(preset.get("title", "")))) for name, preset in shipped.items()]
    return "\n\n".join(
        [
            "# Presets and lock files",
            "A preset is a selection saved as TOML. Unknown keys are refused. "
            "[preset.schema.json](preset.schema.json) is the schema, for editors that complete TOML.",
            "At the top level a preset may have `title` and `about`, both text.",
            "## The table `[selection]`",
            table(("field", "type", "default", "meaning"), fields),
            "## The table `[lock]`",
            "A lock file is a preset with this table. The wizard writes it as `ocaml-cross.lock.toml` into every "
            "switch; nobody writes it by hand. A build from it uses exactly these inputs or refuses.",
            table(("field", "type", "always there"), pinned),
            "## Presets that come with the wizard",
            table(("preset", "what it makes"), listed),
        ]
    ) + "\n"  # fmt: skip


def preset_schema() -> str:
    """The JSON schema of a preset, as editors use it for TOML."""
    from wizard.catalogue.presets import Preset

    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Preset)}
    return json.dumps(schema, indent=2) + "\n"


# --- keys


def keys_page() -> str:
    """The keys of every screen and of its parts, from the bindings themselves."""
    from wizard.faces.tui import app, screens, widgets

    sections: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for heading, modules in {
        "Everywhere": (app,),
        "Screens": _modules_below(screens),
        "Parts of screens": _modules_below(widgets),
    }.items():
        for module in modules:
            for title, rows in _bindings_in(module):
                sections.setdefault(heading, {}).setdefault(title, []).extend(rows)
    parts = [
        "# Keys",
        "The footer of a screen names the keys that are used most, `?` shows all that work where you are, and "
        "`ctrl+p` opens the command palette. A click does what the key does.",
    ]
    for heading, titled in sections.items():
        parts.append(f"## {heading}")
        for title, rows in titled.items():
            parts += [f"### {prose(title.partition(': ')[0])}", prose(title.partition(": ")[2])]
            parts.append(table(("key", "what it does"), dict.fromkeys(rows)))
    return "\n\n".join(parts) + "\n"


def _modules_below(package: Any) -> list[Any]:
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def _bindings_in(module: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """For each class of a module with keys of its own: its first sentence, and the keys with their meaning."""
    from textual.binding import Binding

    from wizard.faces.tui import keys

    moves: dict[str, str] = getattr(keys, "MOVES", {}) | getattr(keys, "NAMELESS", {})
    for class_ in vars(module).values():
        if not inspect.isclass(class_) or class_.__module__ != module.__name__ or "BINDINGS" not in vars(class_):
            continue
        rows = []
        for binding in Binding.make_bindings(vars(class_)["BINDINGS"]):
            action = binding.action.rpartition(".")[2].partition("(")[0]
            words = binding.description or moves.get(action, action.replace("_", " ").capitalize())
            rows.append((code(_key_shown(binding.key)), prose(words)))
        if rows:
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", class_.__name__.removesuffix("Screen")).capitalize()
            about = inspect.cleandoc(class_.__doc__ or "").split("\n\n")[0]
            yield f"{name}: {' '.join(about.split())}", rows


def _key_shown(key: str) -> str:
    names = {
        "question_mark": "?",
        "slash": "/",
        "exclamation_mark": "!",
        "plus": "+",
        "minus": "-",
        "less_than_sign": "<",
    }
    return names.get(key, key)


# --- documents of the root


def document(name: str) -> str:
    """A document of the root as a page: what it links to in docs/ and in the root is linked from there."""
    text = (ROOT / name).read_text(encoding="utf-8")

    def moved(match: re.Match[str]) -> str:
        target = match[1]
        if target in DOCUMENTS:
            return f"]({Path(DOCUMENTS[target]).name})"
        if target.startswith("docs/"):
            return f"](../{target.removeprefix('docs/')})"
        if target.startswith("screenshots/"):
            return f"](../{target})"
        return match[0]

    return re.sub(r"\]\(([^)#\s]+)", lambda match: moved(match).rstrip(")"), text)


# --- all of it

PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": commands_page,
    "reference/exit-codes.md": exit_codes_page,
    "reference/environment.md": environment_page,
    "reference/targets.md": targets_page,
    "reference/presets.md": presets_page,
    "reference/preset.schema.json": preset_schema,
    "reference/keys.md": keys_page,
}


def pages() -> dict[str, str]:
    """Every generated file by its path below docs/."""
    made = {path: make() for path, make in PAGES.items()}
    return made | code_pages() | {path: document(name) for name, path in DOCUMENTS.items()}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """mkdocs asks which files there are: the generated pages and the pictures are added."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    for picture in sorted((ROOT / "screenshots").glob("*.svg")):
        files.append(File.generated(config, f"screenshots/{picture.name}", abs_src_path=str(picture)))
    return files


def main() -> None:
    """Write every generated file below the folder that is named."""
    into = Path(sys.argv[1])
    for path, text in pages().items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
