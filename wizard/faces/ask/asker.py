"""How the prompts ask: one question at a time, on a terminal, in a way that a screen reader can follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from wizard.base.errors import CancelledError

T = TypeVar("T")
Problem = Callable[[str], str]
"""What is wrong with a typed text, "" where nothing is."""


class Asker(Protocol):
    """Who asks. Each question raises CancelledError where the user leaves by Ctrl-C."""

    def choose(self, question: str, options: Iterable[tuple[str, T]], default: T | None = None) -> T:
        """One of the options, each with its words."""
        ...

    def type(self, question: str, default: str = "", problem: Problem | None = None) -> str:
        """A text in which `problem` finds nothing wrong."""
        ...

    def say(self, text: str) -> None:
        """Tell something."""
        ...


class Terminal:
    """Asks by questionary: arrows and Enter, or typing."""

    def choose(self, question: str, options: Iterable[tuple[str, T]], default: T | None = None) -> T:
        """A list; the cursor begins at the default."""
        import questionary

        pairs = tuple(options)
        choices = [questionary.Choice(words, number) for number, (words, _value) in enumerate(pairs)]
        first = next(
            (choice for choice, (_words, value) in zip(choices, pairs, strict=True) if value == default), None
        )
        picked: int = _answer(
            questionary.select(question, choices=choices, default=first if default is not None else None)
        )
        return pairs[picked][1]

    def type(self, question: str, default: str = "", problem: Problem | None = None) -> str:
        """A line of text, refused with the reason as long as something is wrong with it."""
        import questionary

        def validate(text: str) -> bool | str:
            return (problem(text) if problem else "") or True

        return str(_answer(questionary.text(question, default=default, validate=validate))).strip()

    def say(self, text: str) -> None:
        """Print it."""
        import questionary

        questionary.print(text)


def _answer(question: Any) -> Any:
    """The answer, or CancelledError where the user pressed Ctrl-C."""
    answer = question.ask(kbi_msg="")
    if answer is None:
        raise CancelledError("ask-cancelled")
    return answer
