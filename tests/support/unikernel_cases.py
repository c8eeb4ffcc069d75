"""Situations of unikernels that a rule speaks of, and ones like them of which it does not."""

from __future__ import annotations

import msgspec

from tests.support.fakes import UNIKERNEL, placed
from wizard.catalogue.selection import Selection
from wizard.check.resolved import ResolvedSelection


def unikernel(**changes: object) -> Selection:
    """A selection of unikernels, some fields changed."""
    return msgspec.structs.replace(UNIKERNEL, **changes)


# code of a finding -> a resolved selection that has it, and one like it that has not
CASES: dict[str, tuple[ResolvedSelection, ResolvedSelection]] = {
    "port-missing": (placed(unikernel(release="5.1.1")), placed(UNIKERNEL)),
    "bindings-machine": (
        placed(unikernel(target="aarch64-solo5", bindings="virtio")),
        placed(unikernel(bindings="virtio")),
    ),
    "recipe-missing": (
        placed(Selection("x86_64-unikraft", "unikraft-musl", toolchain="unikraft")),
        placed(UNIKERNEL),
    ),
    "tender-missing": (placed(UNIKERNEL), placed(UNIKERNEL, seccomp=True)),
    "patch-off": (placed(unikernel(without=("nolibc-one-domain",))), placed(UNIKERNEL)),
    "patch-required": (
        placed(unikernel(without=("nolibc-no-debugger",))),
        placed(unikernel(without=("nolibc-no-debugger",), release="5.4.1")),
    ),
    "patch-unknown": (placed(unikernel(without=("no-such-patch",))), placed(UNIKERNEL)),
}
