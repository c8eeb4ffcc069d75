"""Drafts and the mark of the tour that the version before the rooms wrote are read by this one."""

from __future__ import annotations

from pathlib import Path

from wizard.base.folders import Folders
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.session.draft import Draft
from wizard.session.saved_drafts import SavedDraft, SavedDrafts

WRITTEN = """{
  "id": "0123456789ab",
  "at": 1796137420.5,
  "draft": {
    "selection": {
      "target": "aarch64-linux",
      "libc": "musl",
      "release": "5.4.1",
      "host": "native",
      "toolchain": "auto",
      "host_compiler": "auto",
      "patches": ["/home/me/a.patch"],
      "without": ["/home/me/a.patch"],
      "bindings": "",
      "sources": []
    },
    "prefix": "/opt/x",
    "sources": "/src",
    "offline": true,
    "origin": {"selection": {"target": "aarch64-linux", "libc": "musl", "release": "5.4.1"}, "title": "Mine"}
  }
}"""
"""As commit 2c8e4ee writes it."""

OLDER_FOLDER = "wizard"
"""Below the folder of states, where that commit has its drafts."""


def test_a_draft_of_the_version_before_is_offered_again(folders: Folders) -> None:
    older = folders.state / OLDER_FOLDER / "drafts" / "0123456789ab.json"
    older.parent.mkdir(parents=True)
    older.write_text(WRITTEN, encoding="utf-8")
    patch = ("/home/me/a.patch",)
    selection = Selection("aarch64-linux", "musl", "5.4.1", patches=patch, without=patch)
    origin = Preset(Selection("aarch64-linux", "musl", "5.4.1"), title="Mine")
    draft = Draft(selection, "/opt/x", "/src", True, origin)
    assert SavedDrafts(folders.drafts).drafts() == [SavedDraft("0123456789ab", 1796137420.5, draft)]


def test_a_tour_that_was_seen_in_the_version_before_is_not_shown_again(folders: Folders) -> None:
    (folders.state / OLDER_FOLDER).mkdir(parents=True)
    Path(folders.state / OLDER_FOLDER / "tour-seen").touch()
    assert SavedDrafts(folders.drafts).tour_seen
