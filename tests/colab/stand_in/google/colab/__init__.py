"""A stand-in for the package that every kernel of Google Colab has loaded before the first cell runs."""

from google.colab import output

__all__ = ["output"]
