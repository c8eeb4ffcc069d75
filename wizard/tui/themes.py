"""The wizard's two themes: quiet greys with the orange of OCaml's camel."""

from __future__ import annotations

from textual.theme import Theme

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
    variables={"block-cursor-text-style": "bold", "footer-key-foreground": "#f0a35e"},
)

LIGHT = Theme(
    name="ocaml-light",
    primary="#c2540f",
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
    variables={"block-cursor-text-style": "bold"},
)
