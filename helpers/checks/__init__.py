"""Exercises and predictions that answer (`check`, `hint`, `predict`, ...), and bands for measured numbers."""

from helpers.checks.bands import assert_between
from helpers.checks.learner import check, exercise_table, hint, solution
from helpers.checks.predictions import happened, predict

__all__ = ["assert_between", "check", "exercise_table", "happened", "hint", "predict", "solution"]
