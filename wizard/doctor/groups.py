"""How the doctor's facts are grouped and graded, in the order in which they are shown."""

from __future__ import annotations

from wizard.base.codes import CheckSeverity

SEVERITIES: tuple[CheckSeverity, ...] = ("failure", "warning", "note", "ok")

GROUPS = {
    "selection": "Your selection",
    "machine": "This machine",
    "tools": "Tools",
    "toolchains": "C toolchains and emulators",
    "folders": "Folders",
    "environment": "Environment",
    "network": "Network and sources",
    "wizard": "What the wizard has made",
}
"""The groups of checks with their titles."""
