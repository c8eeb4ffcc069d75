"""The keys that all screens share, in the order in which the footer shows them."""

from __future__ import annotations

from textual.binding import Binding

BACK = Binding("escape", "back", "Back", id="back")
NEXT = Binding("right", "next", "Next", show=False, id="next")
QUIT = Binding("q", "app.quit", "Quit", id="quit")
HELP = Binding("question_mark,f1", "help", "Help", key_display="?", id="help")
