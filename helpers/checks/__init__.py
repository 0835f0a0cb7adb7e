"""Exercises that answer (`check`, `hint`, `solution`, `progress`), and bands for numbers that may vary."""

from helpers.checks.bands import assert_between
from helpers.checks.engine import check, hint, progress, solution

__all__ = ["assert_between", "check", "hint", "progress", "solution"]
