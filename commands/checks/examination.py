"""The whole examination of an installation, in the order in which it is told."""

from __future__ import annotations

from importlib.metadata import packages_distributions

from commands.checks.check import Check
from commands.checks.database import check_database
from commands.checks.fonts import check_fonts, installed_families
from commands.checks.home import check_holidays, check_home, check_settings
from commands.checks.mail import check_mail
from commands.checks.packages import check_shadowing, check_versions, found_places, installed_versions
from commands.desk import Desk


def examine(desk: Desk) -> list[Check]:
    """Every check of the installation; a broken part never keeps the others from being looked at."""
    return [
        *check_versions(desk, installed_versions()),
        check_shadowing(desk, found_places(), packages_distributions()),
        check_settings(desk),
        check_home(desk),
        *check_database(desk),
        check_mail(desk),
        *check_holidays(desk),
        check_fonts(desk, installed_families()),
    ]
