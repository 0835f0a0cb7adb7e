"""Exercises that answer (`check`, `hint`, `solution`, `exercise_table`), and bands for measured numbers."""

from helpers.checks.bands import assert_between
from helpers.checks.learner import check, exercise_table, hint, solution

__all__ = ["assert_between", "check", "exercise_table", "hint", "solution"]
