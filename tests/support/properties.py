"""Hypothesis with this project's profiles: a test of properties imports it from here.

It takes a second or more to import, so no other test has to. `repeatable` draws the same examples in every
run; HYPOTHESIS_PROFILE=explore looks for new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, example, given, settings

__all__ = ["example", "given", "settings"]

_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "repeatable", max_examples=60, deadline=None, derandomize=True, suppress_health_check=_QUIET
)
settings.register_profile("explore", max_examples=500, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
