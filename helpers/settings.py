"""The environment variables `COURSE_…`, read in one way wherever they are used."""

import os
from pathlib import Path

from helpers.session import ROOT

_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingError(ValueError):
    """A variable holds something that cannot be meant; the message says what is expected."""


def path_setting(name: str, default: str | None = None) -> Path | None:
    """The file or folder that a variable names, else `default`.

    `~`, `~user` and `$NAME` are expanded, quotes dropped. A relative path counts from the course's folder,
    whatever folder the notebook runs in. An unknown user is a SettingError.
    """
    value = _value(name) or default
    if value is None:
        return None
    try:
        return ROOT / Path(os.path.expandvars(value)).expanduser()
    except RuntimeError:
        message = f"{name} is {value!r}, but no such user is known here; write the whole path"
        raise SettingError(message) from None


def switch_setting(name: str) -> bool:
    """Whether a variable is on: 1, true, yes or on, and not 0, false, no, off or nothing; else it raises."""
    value = _value(name).lower()
    if value not in _ON + _OFF:
        raise SettingError(f"{name} is {value!r}; expected one of {', '.join(_ON + _OFF[1:])}, or nothing")
    return value in _ON


def _value(name):
    # A .env file or a service's settings may hand over the quotes as well.
    return os.environ.get(name, "").strip().strip("'\"").strip()
