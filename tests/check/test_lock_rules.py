"""The rule of lock files: what was found here is compared with what is pinned; no provider is asked."""

from __future__ import annotations

import pytest

from tests.support.fakes import placed
from wizard.check.findings import Fix
from wizard.check.lock_rules import lock_findings

INSTALL = Fix("install it", command="python3 -m pip install ziglang==0.16.0")


@pytest.mark.parametrize("found", ["", "0.16.0"])
def test_the_pinned_version_and_an_unknown_version_are_no_finding(found: str) -> None:
    assert lock_findings(placed(), "0.16.0", found, (INSTALL,)) == ()


def test_another_version_is_a_finding_with_both_versions_and_the_fixes_that_were_handed_in() -> None:
    (finding,) = lock_findings(placed(), "0.16.0", "0.17.0", (INSTALL,))
    assert finding.code == "lock-toolchain"
    assert finding.fixes == (INSTALL,)
    assert "0.16.0" in finding.what + finding.why
    assert "0.17.0" in finding.what + finding.why
