"""Text in lines of a width."""

from __future__ import annotations

WIDTH = 88


def folded(words: str, indent: int = 2, width: int = WIDTH) -> str:
    """Words in lines of at most `width` characters, all but the first indented. A longer word stays whole."""
    import textwrap

    lines = textwrap.wrap(words, width - indent, break_on_hyphens=False, break_long_words=False)
    return f"\n{' ' * indent}".join(lines)
