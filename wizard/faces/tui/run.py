"""Starts the wizard in this terminal, and says how it ended."""

from __future__ import annotations

import os
import sys

from wizard.base.errors import WizardError
from wizard.base.folders import Folders
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.appearance import AppearanceWish, appearance_for, remembered
from wizard.faces.tui.driver import SteadyDriver
from wizard.faces.tui.opening import plan_named, preset_named
from wizard.session.saved_drafts import SavedDrafts


def run(
    preset_name: str | None = None,
    attach: str | None = None,
    flags: AppearanceWish = AppearanceWish(),  # noqa: B008 - a frozen value
) -> int:
    """Run the wizard in this terminal. Returns the exit code; says what went wrong where it cannot start.

    preset_name: a preset or file to review at once. attach: a build's id, to watch at once.
    flags: what the command line says of the look.
    """
    state = Folders.default().state
    try:
        kept = SavedDrafts(Folders.default().drafts)
        look = appearance_for(flags, os.environ, remembered(state))
        app = WizardApp(
            preset=preset_named(preset_name),
            plan=plan_named(attach),
            kept=kept,
            look=look,
            keep=state,
            driver=SteadyDriver,
        )
        code = app.run()
    except WizardError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code
    if app.farewell:
        print(app.farewell, file=sys.stderr)
    return app.return_code or code or 0
