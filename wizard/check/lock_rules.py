"""The rule of lock files: is what was found here what a lock file pins?"""

from __future__ import annotations

from wizard.check.findings import Finding, Fix, finding
from wizard.check.resolved import ResolvedSelection


def lock_findings(
    resolved: ResolvedSelection, pinned: str, found: str, fixes: tuple[Fix, ...]
) -> tuple[Finding, ...]:
    """What differs between this machine and what a lock file pins.

    pinned, found: the version of the C toolchain in the lock file and on this machine, "" where it is not known.
    fixes: how the user gets the pinned version, as the toolchain's provider says.
    """
    if found in ("", pinned):
        return ()
    return (finding("lock-toolchain", fixes, toolchain=resolved.toolchain.title, pinned=pinned, found=found),)
