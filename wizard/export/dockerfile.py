"""A plan as a Dockerfile of several stages; the image holds the switch and little else.

Each stage runs the plan's script (shell_script.py), which is also an export of its own.
"""

from __future__ import annotations

from wizard import __version__
from wizard.catalogue.store import catalogue
from wizard.export.proof import packages_in_script
from wizard.export.quoting import here_document
from wizard.export.relocation import WORK, called_folders, fetches_zip, zig_of
from wizard.export.shell_script import script
from wizard.plan.host_part import host_plan
from wizard.plan.model import Plan

_DEBIAN = "debian:bookworm-slim"
_PYTHON = "python:3.12-slim-bookworm"
_WORK = "/var/ocaml-cross"
_ZIG = "/opt/zig"
_BUILD_PACKAGES = ("ca-certificates", "curl", "gcc", "libc6-dev", "make", "patch", "xz-utils")

_BASE = """\
# syntax=docker/dockerfile:1
# Written by ocaml-cross-wizard {wizard} (`export dockerfile`); it needs no other file: docker build - <Dockerfile
# The packages are those of a Debian that is frozen: their versions are not pinned one by one.

# ---------------------------------------------------------------- what every build needs
# From here to the end of the host compiler the lines are the same for all targets of a release and of a kind of
# host: their layers are built once.
FROM {debian} AS base
{install}
"""

_TOOLCHAIN = """\
# ---------------------------------------------------------------- zig. Python only brings it, and stays behind.
FROM {python} AS toolchain
RUN python3 -m pip install --no-cache-dir --no-compile --target={zig} {package}=={version}

"""

_STAGE = """\
# ---------------------------------------------------------------- {title}
FROM {before} AS {name}
{prepare}COPY {document}

RUN OCW_WORK={work} {variables}sh /{name}.sh

"""

_IMAGE = """\
# ---------------------------------------------------------------- the image: the switch, what it calls, and a user
FROM {debian}
{install}RUN useradd --create-home --uid 1000 ocaml \\
    && install -d -o ocaml /src
{copies}ENV PATH={prefix}/bin:{prefix}/wrappers:$PATH \\
    OCAMLFIND_CONF={prefix}/etc/findlib.conf
USER 1000:1000
WORKDIR /src
# The switch was proved where it was built; here the user of the image compiles a first program with it.
RUN echo 'let () = print_endline Sys.ocaml_version' >/tmp/first.ml \\
    && ocamlopt {first} /tmp/first.ml \\
    && rm /tmp/first.*
CMD ["ocamlopt", "-config"]
"""


def dockerfile(plan: Plan) -> str:
    """The Dockerfile of a plan that was made for `relocation.debian`, in `relocation.FOLDERS`.

    Raises InputError as `shell_script.script`.
    """
    data = catalogue()
    target, toolchain = data.machines[plan.target], data.toolchains[plan.selection.toolchain]
    compilers = (*toolchain.packages.get(plan.triplet, ()), *(("unzip",) if fetches_zip(plan) else ()))
    host, zig = host_plan(plan), zig_of(plan)
    parts = [_BASE.format(wizard=__version__, debian=_DEBIAN, install=_install(_BUILD_PACKAGES))]
    zig_stage = _zig_stage(plan)
    before = "base"
    if host:
        zig_for_host = zig_of(host) is not None
        parts += [zig_stage] if zig_for_host else []
        parts.append(_stage("host", "the host compiler", before, host, zig=zig_for_host))
        before = "host"
    if zig_stage not in parts:
        parts.append(zig_stage)
    install = _install((*compilers, *packages_in_script(target, plan.prefix)))
    title = f"the switch for {plan.triplet}"
    parts.append(_stage("switch", title, before, plan, zig=zig is not None, install=install))
    called = [folder for folder in called_folders(plan) if zig is None or folder != zig.into]
    copied = [plan.prefix, *(folder.replace(WORK, _WORK) for folder in called)]
    copies = [f"COPY --from=switch {folder} {folder}" for folder in copied]
    if zig:
        copies.append(f"COPY --from=toolchain {_ZIG} {_ZIG}")
    parts.append(
        _IMAGE.format(
            debian=_DEBIAN,
            install=_install(compilers),
            copies="".join(f"{line}\n" for line in copies),
            prefix=plan.prefix,
            # A unikernel is more than one file: its project is for the user to make.
            first="-c" if target.unikernel else "-o /tmp/first.out",
        )
    )
    return "".join(parts)


def _zig_stage(plan: Plan) -> str:
    zig = catalogue().toolchains["zig"]
    placed = zig_of(plan)
    if placed is None:
        return ""
    return _TOOLCHAIN.format(python=_PYTHON, zig=_ZIG, package=zig.package, version=placed.version)


def _stage(name: str, title: str, before: str, plan: Plan, *, zig: bool, install: str = "") -> str:
    """A stage of the image that runs the script of `plan`."""
    copy = f"COPY --from=toolchain {_ZIG} {_ZIG}\n" if zig else ""
    package = catalogue().toolchains["zig"].package
    return _STAGE.format(
        title=title,
        before=before,
        name=name,
        prepare=install + copy,
        document=here_document(script(plan), f"/{name}.sh"),
        work=_WORK,
        variables=f"OCW_ZIG={_ZIG}/{package} " if zig else "",
    )


def _install(packages: tuple[str, ...]) -> str:
    """The lines that install Debian packages, none for none."""
    if not packages:
        return ""
    names = " \\\n        ".join(packages)
    return (
        "# hadolint ignore=DL3008\n"
        "RUN apt-get update -q \\\n"
        f"    && apt-get install -y -q --no-install-recommends \\\n        {names} \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
    )
