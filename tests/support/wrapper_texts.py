"""Wrapper scripts as tests look at them: name -> (text, purpose)."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.toolchains.wrapper import Script


def texts_of(scripts: Iterable[Script]) -> dict[str, tuple[str, str]]:
    """By name the text and the purpose of each script."""
    return {script.name: (script.text, script.purpose) for script in scripts}
