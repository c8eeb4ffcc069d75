"""The terminal's driver: Textual's own, which bears more signals and asks the terminal itself for its size."""

from __future__ import annotations

import asyncio
import os
import signal

from textual.drivers.linux_driver import LinuxDriver


class SteadyDriver(LinuxDriver):
    """Follows each new size of the terminal, and takes the terminal anew after `kill -STOP` and `kill -CONT`.

    Textual's takes it a second time after those, as from `cpulimit` or a shell, without having let go
    of it: two threads read the keys from then on, and the process does not end because one of them is
    never told to.
    """

    _let_go = False
    _taking = False
    _once_more = False

    def start_application_mode(self) -> None:
        """Take the terminal, and wake the event loop at each signal.

        Python runs a signal's handler at its next bytecode: where the signal comes just before the loop
        falls asleep, or in another thread, a new size of the terminal would wait for the next key. The
        loop's own way of handling signals writes to a pipe that wakes it (`signal.set_wakeup_fd`).
        """
        super().start_application_mode()  # type: ignore[no-untyped-call]
        handler = signal.getsignal(signal.SIGWINCH)
        if callable(handler):
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, handler, signal.SIGWINCH, None)

    def _get_terminal_size(self) -> tuple[int, int]:
        """Columns and lines as the terminal says.

        Textual believes COLUMNS and LINES first: where somebody exports them, or a program that uses
        readline has started this one, no change of size would be followed.
        """
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            columns = lines = 0
        return (columns, lines) if columns and lines else super()._get_terminal_size()

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
