"""Input in order: keys are for what the keys before them have led to."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from wizard.faces.tui.ordered_input import OrderedInputApp


class Form(Screen[None]):
    """A field that has the focus."""

    def compose(self) -> ComposeResult:
        yield Input()


def key(letter: str) -> events.Key:
    return events.Key(letter, letter)


async def test_keys_wait_for_a_screen_that_is_only_coming() -> None:
    app = OrderedInputApp()
    async with app.run_test() as pilot:
        form = Form()
        app.push_screen(form)
        assert not form.is_mounted
        for letter in "path":
            await app.on_event(key(letter))
        for _ in range(50):
            await pilot.pause(0.02)
            if form.query_one(Input).value == "path":
                break
        assert form.query_one(Input).value == "path"


async def test_the_way_out_waits_for_nothing() -> None:
    app = OrderedInputApp()
    async with app.run_test():
        app.push_screen(Form())
        await app.on_event(key("x"))
        await app.on_event(events.Key("ctrl+q", None))
    assert app.return_code == 0
