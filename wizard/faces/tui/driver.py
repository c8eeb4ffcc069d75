"""The terminal's driver: Textual's own, which bears more signals and asks the terminal itself for its size."""

from __future__ import annotations

import asyncio
import os
import signal

from textual.drivers.linux_driver import LinuxDriver


class SteadyDriver(LinuxDriver):
    """Follows each new size of the terminal, and takes the terminal again after `kill -STOP` and `kill -CONT`.

    Textual's takes it a second time after those, as from `cpulimit` or a shell, without having let go
    of it: two threads read the keys from then on, and the process does not end because one of them is
    never told to.
    """

    _let_go = False

    def start_application_mode(self) -> None:
        """Take the terminal, and hear signals in the event loop, one after the other.

        Python runs a handler at the next bytecode of the main thread: a new size that comes just before
        the loop falls asleep, or in another thread, would wait for the next key, and a SIGCONT in the
        middle of a write would wait for the writer's lock, which its own thread holds. The loop's own
        way of handling signals writes to a pipe that wakes it (`signal.set_wakeup_fd`).
        """
        super().start_application_mode()  # type: ignore[no-untyped-call]
        loop = asyncio.get_running_loop()
        resized = signal.getsignal(signal.SIGWINCH)
        if callable(resized):  # it is not where the terminal could not be taken
            loop.add_signal_handler(signal.SIGWINCH, resized, signal.SIGWINCH, None)
        loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

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
        """Take the terminal; where it was not let go of, do that first: somebody may have changed it."""
        if not self._let_go:
            self.suspend_application_mode()
        super().resume_application_mode()
        self._let_go = False
