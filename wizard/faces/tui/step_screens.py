"""Which screen shows which step of the wizard."""

from __future__ import annotations

from textual.screen import Screen

from wizard.faces.tui.steps import Step


def screen_of(step: Step) -> Screen[None]:
    """A new screen of a step; each is loaded when it is first shown."""
    match step:
        case Step.HOST:
            from wizard.faces.tui.screens.host import HostScreen

            return HostScreen()
        case Step.TARGET:
            from wizard.faces.tui.screens.target import TargetScreen

            return TargetScreen()
        case Step.LIBC:
            from wizard.faces.tui.screens.libc import LibcScreen

            return LibcScreen()
        case Step.RELEASE:
            from wizard.faces.tui.screens.release import ReleaseScreen

            return ReleaseScreen()
    from wizard.faces.tui.screens.review import ReviewScreen

    return ReviewScreen()
