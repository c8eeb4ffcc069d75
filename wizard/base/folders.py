"""The folders the wizard may write to, and nothing else outside a switch's prefix."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

APPLICATION = "ocaml-cross-wizard"


@dataclass(frozen=True)
class Folders:
    """Where things are kept.

    cache: what can be fetched or made again (sources, zig's cache).
    data:  what lasts (toolchains, host compilers, default place of switches).
    state: builds with their journals and logs, drafts of the wizard.
    """

    cache: Path
    data: Path
    state: Path

    @classmethod
    def default(cls) -> Folders:
        """The user's folders by the XDG rules, or all three below OCW_HOME where that is set."""
        home = os.environ.get("OCW_HOME")
        if home:
            root = Path(home).absolute()
            return cls(root / "cache", root / "data", root / "state")
        import platformdirs

        return cls(
            Path(platformdirs.user_cache_dir(APPLICATION)),
            Path(platformdirs.user_data_dir(APPLICATION)),
            Path(platformdirs.user_state_dir(APPLICATION)),
        )

    @property
    def sources(self) -> Path:
        """Archives that were fetched and whose digest was right."""
        return self.cache / "sources"

    @property
    def toolchains(self) -> Path:
        """C toolchains that the wizard keeps for all switches."""
        return self.data / "toolchains"

    @property
    def hosts(self) -> Path:
        """Host compilers, each built once and shared by all targets."""
        return self.data / "hosts"

    @property
    def switches(self) -> Path:
        """Where a switch goes when no prefix is given."""
        return self.data / "switches"

    @property
    def builds(self) -> Path:
        """One folder a build: plan, journal, logs and work tree."""
        return self.state / "builds"

    @property
    def drafts(self) -> Path:
        """Drafts of choices that were not built yet, and whether the tour was shown (see session/saved_drafts)."""
        return self.state / "wizard"
