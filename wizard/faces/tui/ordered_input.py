"""An app that takes its input in order: a key is for what the keys before it have led to.

Textual hands each key to the widget that has the focus when the key arrives, while the keys before
it may still be on their way. Over a slow line, on a busy machine, or from fast fingers, the first
letters of a path would go to the screen that was left instead of the field that a key has opened.
"""

from __future__ import annotations

from collections import deque

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.message import Message
from textual.timer import Timer

ROUNDS = 3
"""What a key does may take so many messages: a field tells its form, the form its screen, the screen the app."""

LOOK_SECONDS = 0.02

AT_ONCE = ("ctrl+q",)
"""Keys that wait for nothing: the way out."""


class Handled(Message):
    """Follows an input through the widgets up to the app: what comes behind it may be handed out."""

    def __init__(self, asked: DOMNode, rounds: int) -> None:
        super().__init__()
        self.asked, self.rounds = asked, rounds


class OrderedInputApp(App[int]):
    """Holds input back until the key before it, and what that has set off, was handled."""

    def __init__(self, driver: type[Driver] | None = None) -> None:
        super().__init__(driver)
        self._held: deque[events.Event] = deque()
        self._asked: DOMNode | None = None
        self._look: Timer | None = None

    async def on_event(self, event: events.Event) -> None:
        """Hand out an input, or hold it back; all else goes its way."""
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif (self._held or self._waits()) and getattr(event, "key", "") not in AT_ONCE:
            self._held.append(event)
            self._look = self._look or self.set_interval(LOOK_SECONDS, self._hand_out)
        else:
            await self._hand(event)

    async def _hand(self, event: events.Event) -> None:
        await super().on_event(event)
        if isinstance(event, events.Key | events.Paste):
            self._ask(ROUNDS)

    def _ask(self, rounds: int) -> None:
        asked = self.focused or self.screen
        self._asked = asked if asked.post_message(Handled(asked, rounds)) else None

    @property
    def on_the_way(self) -> bool:
        """True while a key has asked for something that has not come yet; for an app to say."""
        return False

    def _waits(self) -> bool:
        """True while an answer is to come (a widget that is gone gives none), or a screen that can take keys."""
        asked = self._asked
        answers = asked is not None and asked.is_running and asked.is_attached
        return self.on_the_way or answers or not all(screen.is_mounted for screen in self.screen_stack[-1:])

    async def on_handled(self, event: Handled) -> None:
        """One round is done."""
        event.stop()
        if event.asked is not self._asked:
            return
        self._asked = None
        if event.rounds > 1:
            self._ask(event.rounds - 1)
        await self._hand_out()

    async def _hand_out(self) -> None:
        """Hand out what was held back, as far as nothing has to be waited for."""
        while self._held and not self._waits():
            await self._hand(self._held.popleft())
        if not self._held and self._look is not None:
            self._look.stop()
            self._look = None
