"""What can go wrong, as values: a stable code, an exit code, what, why and what to do.

The sentences stand in the catalogue of codes (`codes`); an error is raised with a code and names.

Every error a user can meet is a WizardError; the faces print it and leave with its
exit code. Anything else that reaches a face is a defect of this program.
"""

from __future__ import annotations

from typing import ClassVar, Self


class WizardError(Exception):
    """A failure that can be explained to the user.

    code: stable, kebab-case, never reused for another meaning.
    what: one sentence, what happened, with the user's own text in it.
    why:  the cause or the rule behind it; may be empty.
    fix:  what to do next, as a command where there is one.
    """

    exit_code: ClassVar[int] = 1
    meaning: ClassVar[str] = "unexpected failure of the wizard itself"

    def __init__(self, code: str, form: str = "", /, **names: object) -> None:
        """The error `code`, its words filled in with `names`. form: which of its messages, "" for the usual one.

        Raises KeyError for a code, a form or a name that the catalogue of codes does not have.
        """
        from wizard.base import codes  # what fails nowhere reads no texts

        said = codes.message(code, form).filled(names)
        self._say(code, said.what, said.why, said.fix)

    @classmethod
    def from_texts(cls, code: str, what: str, why: str = "", fix: str = "") -> Self:
        """An error whose words come from elsewhere: from a journal, a finding, or a cause in a log."""
        error = cls.__new__(cls)
        error._say(code, what, why, fix)
        return error

    def _say(self, code: str, what: str, why: str, fix: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.fix = fix

    def as_dict(self) -> dict[str, str | int]:
        """The error as JSON-ready data, the form in which the journal keeps it."""
        return {
            "code": self.code,
            "exit_code": self.exit_code,
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
        }

    def render(self) -> str:
        """The error as the few lines every face shows."""
        lines = [f"error[{self.code}]: {self.what}"]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class InputError(WizardError):
    """A preset, a lock file or an option that cannot be understood."""

    exit_code = 3
    meaning = "a preset, lock file or option value is wrong"


class RefusedError(WizardError):
    """A combination that a rule refuses."""

    exit_code = 4
    meaning = "the selection cannot work (see the findings)"


class MissingError(WizardError):
    """A tool, a source or a file that is needed and not there."""

    exit_code = 5
    meaning = "a tool, source or network that is needed is missing, or a download is not what it should be"


class BuildError(WizardError):
    """A stage of a build failed."""

    exit_code = 6
    meaning = "a stage of the build failed"


class ProofError(WizardError):
    """The switch was built, and what it makes is not right."""

    exit_code = 7
    meaning = "the proof failed: what the compiler makes is not right"


class FolderError(WizardError):
    """A folder that cannot be used: permissions, space, an unusable path."""

    exit_code = 8
    meaning = "a folder cannot be used (permissions, space, what stands there already)"


class BusyError(WizardError):
    """Another process is at work on the same thing."""

    exit_code = 9
    meaning = "another builder is at work on this"


class CancelledError(WizardError):
    """The user stopped it."""

    exit_code = 130
    meaning = "cancelled"


def _kinds() -> list[type[WizardError]]:
    return [WizardError, *WizardError.__subclasses__()]


def rebuild_error(data: dict[str, str | int]) -> WizardError:
    """The error that `WizardError.as_dict` wrote, with its class found again by its exit code."""
    kinds: dict[int, type[WizardError]] = {kind.exit_code: kind for kind in _kinds()}
    kind = kinds.get(int(data["exit_code"]), WizardError)
    return kind.from_texts(
        str(data["code"]), str(data["what"]), str(data.get("why", "")), str(data.get("fix", ""))
    )


def kind_named(name: str) -> type[WizardError]:
    """The class that texts call `name`: "folder" is FolderError, "defect" the base class. Raises KeyError."""
    names = {kind.__name__.removesuffix("Error").lower(): kind for kind in _kinds()}
    return {**names, "defect": WizardError}[name]


def exit_code_table() -> list[tuple[int, str]]:
    """Every exit code with its meaning, in order: the table that the README and --help show."""
    table = [(0, "success"), (2, "wrong usage of the command line")]
    table += [(kind.exit_code, kind.meaning) for kind in _kinds()]
    return sorted(table)
