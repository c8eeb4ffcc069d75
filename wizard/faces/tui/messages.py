"""What workers tell the screens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from wizard.base.errors import WizardError
    from wizard.builds.estimates import Estimate
    from wizard.builds.listing import BuildInfo
    from wizard.doctor.build_diagnosis import BuildDiagnosis
    from wizard.doctor.verdict import Diagnosis
    from wizard.faces.tui.watch import Glimpse
    from wizard.session.session import Session


class Surveyed(Message):
    """The session is there."""

    def __init__(self, session: Session, builds: list[BuildInfo]) -> None:
        super().__init__()
        self.session, self.builds = session, builds


class Failed(Message):
    """A worker met an error that can be explained."""

    def __init__(self, error: WizardError) -> None:
        super().__init__()
        self.error = error


class Started(Message):
    """A builder is at work in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder


class Seen(Message):
    """A look at a running build."""

    def __init__(self, glimpse: Glimpse) -> None:
        super().__init__()
        self.glimpse = glimpse


class Diagnosed(Message):
    """The doctor has looked at this machine."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__()
        self.diagnosis = diagnosis


class Explained(Message):
    """It is known why the build failed, as far as its log tells."""

    def __init__(self, diagnosis: BuildDiagnosis) -> None:
        super().__init__()
        self.diagnosis = diagnosis


class Learned(Message):
    """Earlier builds were read: what stages will take, by their id."""

    def __init__(self, expected: dict[str, Estimate]) -> None:
        super().__init__()
        self.expected = expected
