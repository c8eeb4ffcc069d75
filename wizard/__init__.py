"""The OCaml cross-switch wizard: from a choice to a cross-compiler that is proved to work."""

__version__ = "0.1.0"
