"""Packages by distribution: data that every manager, need and machine of the catalogue has."""

from __future__ import annotations

import re

import pytest

from wizard.catalogue.store import catalogue
from wizard.machine.packages import DEBIAN, elsewhere, install_command, managers, packages

KNOWN = ("Debian", "Fedora", "Arch", "Alpine", "Nix", "Homebrew")


def test_the_distributions_are_known() -> None:
    assert set(KNOWN) <= {manager.system for manager in managers().values()}


@pytest.mark.parametrize("package", sorted(packages()))
def test_a_package_has_names_of_known_managers_and_debians(package: str) -> None:
    names = packages()[package]
    assert names.keys() <= managers().keys()
    assert names[DEBIAN].split()[0] == package
    for called in names.values():
        assert re.fullmatch(r"[A-Za-z0-9._+-]+( [A-Za-z0-9._+-]+)*", called)


def test_every_emulator_of_the_catalogue_is_there() -> None:
    wanted = {machine.emulator_package for machine in catalogue().machines.values()} - {""}
    assert wanted <= packages().keys()


@pytest.mark.parametrize("manager", sorted(managers()))
def test_a_command_begins_with_its_manager_and_is_run_by_root_where_that_is_needed(manager: str) -> None:
    assert managers()[manager].command.startswith(f"{manager} ")
    assert install_command("make", manager, root=True).startswith(f"{manager} ")
    sudo = "sudo " if managers()[manager].root else ""
    assert install_command("make", manager).startswith(f"{sudo}{manager} ")


def test_without_a_known_manager_the_packages_are_named() -> None:
    assert install_command("make", "") == "install make"


def test_a_hint_names_the_other_systems() -> None:
    hint = elsewhere("make")
    assert hint.startswith("Fedora: dnf install make; Alpine: apk add make")
    assert "Nix: nix-env -iA nixpkgs.gnumake" in hint
    assert "Debian" not in hint


def test_what_no_table_has_is_installed_by_its_debian_name_without_a_hint() -> None:
    assert install_command("gcc-x") == "sudo apt-get install gcc-x"
    assert elsewhere("gcc-x") == ""
