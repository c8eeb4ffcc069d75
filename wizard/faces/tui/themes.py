"""The themes: quiet greys with the orange of OCaml's camel; one of strong contrast; one without colours."""

from __future__ import annotations

from textual.theme import Theme

from wizard.faces.tui import appearance

DARK = Theme(
    name="ocaml-dark",
    primary="#e9742b",
    secondary="#6fa8c9",
    accent="#f0a35e",
    foreground="#dcdcd6",
    background="#15171a",
    surface="#1b1e22",
    panel="#262a30",
    success="#7fb98a",
    warning="#d9b45b",
    error="#d9736a",
    dark=True,
    variables={"block-cursor-text-style": "bold", "footer-key-foreground": "#f0a35e", "muted": "#dcdcd6a8"},
)

LIGHT = Theme(
    name="ocaml-light",
    primary="#b04a0b",
    secondary="#2f6d93",
    accent="#b34c0c",
    foreground="#24272b",
    background="#f7f6f2",
    surface="#efede7",
    panel="#e2dfd7",
    success="#2e7d43",
    warning="#8a6410",
    error="#b3322a",
    dark=False,
    variables={"block-cursor-text-style": "bold", "footer-key-foreground": "#8f3a06", "muted": "#24272bcc"},
)

STRONG = Theme(
    name="ocaml-high-contrast",
    primary="#ffb000",
    secondary="#8fd3ff",
    accent="#ffd75f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#141414",
    success="#7dff9b",
    warning="#ffe14d",
    error="#ff9d94",
    dark=True,
    variables={"block-cursor-text-style": "bold", "footer-key-foreground": "#ffd75f", "muted": "#ffffffd4"},
)

# Drawn without any of these (wizard/faces/tui/filters.py); white on black is what is left where something asks.
BARE = Theme(
    name="ocaml-no-colour",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    dark=True,
    variables={"block-cursor-text-style": "bold", "muted": "#ffffff"},
)

THEMES: dict[appearance.Theme, Theme] = {"dark": DARK, "light": LIGHT, "high-contrast": STRONG, "no-colour": BARE}
"""By the names under which one chooses them."""
