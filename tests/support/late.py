"""A pytest plugin that makes every worker and every word of a thread late: `pytest -p tests.support.late`.

Finds tests of screens, and screens, that hang on which of two threads is done first. LATE is the seed of
the delays; another one tries other orders.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Callable

import pytest
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.worker import Worker

WORKER_SECONDS = (0.0, 0.0, 0.05, 0.3)
MESSAGE_SECONDS = (0.0, 0.0, 0.02, 0.15)


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delay what workers do and what threads say, by chance."""
    chance = random.Random(os.environ.get("LATE", "1"))
    run = Worker.run

    async def run_late(worker: Worker[object]) -> object:
        await asyncio.sleep(chance.choice(WORKER_SECONDS))
        return await run(worker)

    def later(post: Callable[..., bool]) -> Callable[[MessagePump, Message], bool]:
        def post_late(pump: MessagePump, message: Message) -> bool:
            if threading.current_thread() is not threading.main_thread():
                time.sleep(chance.choice(MESSAGE_SECONDS))
            return post(pump, message)

        return post_late

    monkeypatch.setattr(Worker, "run", run_late)
    monkeypatch.setattr(MessagePump, "post_message", later(MessagePump.post_message))
    monkeypatch.setattr(Widget, "post_message", later(Widget.post_message))
