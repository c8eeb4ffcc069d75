"""An app that can change how it looks while it runs: theme, signs, motion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from textual import events
from textual.binding import Binding
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome

from wizard.faces.tui.appearance import Appearance, Detail, remember
from wizard.faces.tui.filters import Ascii, NoColour
from wizard.faces.tui.keys import is_field
from wizard.faces.tui.ordered_input import OrderedInputApp
from wizard.faces.tui.themes import THEMES


class AppearanceApp(OrderedInputApp):
    """Draws by an Appearance. keep: the folder in which a change is remembered, None for nowhere."""

    def __init__(self, look: Appearance, keep: Path | None, driver: type[Driver] | None) -> None:
        super().__init__(driver)
        self.look = look
        self._keep = keep
        self._colourless, self._ascii = NoColour(), Ascii()
        others = list(self.available_themes)
        for theme in THEMES.values():
            self.register_theme(theme)
        self._dress()
        # Nobody has looked at the contrast of the other themes on these screens.
        for name in others:
            self.unregister_theme(name)

    def set_appearance(self, detail: Detail, value: str) -> None:
        """Change one detail now, and remember it for the next time."""
        self.look = msgspec.structs.replace(self.look, **{detail: value})
        self._dress()
        for screen in self.screen_stack:
            screen.update_node_styles(animate=False)
            screen.refresh(layout=True)
            screen.refresh_bindings()
        words = ""
        if self._keep is not None:
            try:
                remember(self._keep, detail, value)
            except OSError as error:
                words = f" It cannot be remembered: {error}"
        self.notify(f"{detail.capitalize()}: {value}.{words}", markup=False)

    def _dress(self) -> None:
        look = self.look
        self.no_color = look.theme == "no-colour"
        self.theme = THEMES[look.theme].name
        self.animation_level = "none" if look.motion == "reduced" else "full"
        self.set_class(look.signs == "ascii", "-ascii")

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, but the grey that it makes of NO_COLOR; then those of the look."""
        filters = [filter_ for filter_ in super().get_line_filters() if not isinstance(filter_, Monochrome)]
        if self.no_color:
            filters.append(self._colourless)
        if self.look.signs == "ascii":
            filters.append(self._ascii)
        return filters

    def get_key_display(self, binding: Binding) -> str:
        """A key as it is shown; with ASCII alone by its name."""
        if self.look.signs == "unicode":
            return super().get_key_display(binding)
        from wizard.faces.tui.keys import in_words

        return in_words(super().get_key_display(binding))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A field's cursor does not blink where motion is reduced."""
        if is_field(event.widget):
            event.widget.cursor_blink = self.look.motion == "full"  # type: ignore[attr-defined]
