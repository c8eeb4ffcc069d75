"""The terminal's driver: Textual's own, made to bear a SIGCONT that no Ctrl-Z came before."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver


class SteadyDriver(LinuxDriver):
    """Takes the terminal anew after `kill -STOP` and `kill -CONT`, as from `cpulimit` or a shell.

    Textual's takes it a second time without having let go of it: two threads read the keys from then
    on, and the process does not end because one of them is never told to.
    """

    _let_go = False
    _taking = False
    _once_more = False

    def suspend_application_mode(self) -> None:
        """Let go of the terminal."""
        super().suspend_application_mode()
        self._let_go = True

    def resume_application_mode(self) -> None:
        """Take the terminal; where it was not let go of, do that first: somebody may have changed it.

        Called by a signal, so it may come while it is at work: then it is done once more in the end.
        """
        self._once_more = True
        if self._taking:
            return
        self._taking = True
        try:
            while self._once_more:
                self._once_more = False
                if not self._let_go:
                    self.suspend_application_mode()
                super().resume_application_mode()
                self._let_go = False
        finally:
            self._taking = False
