"""The environment variables `COURSE_…`, read in one way wherever they are used."""

import os
from pathlib import Path

from helpers.session import ROOT

_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingError(ValueError):
    """A variable holds something that cannot be meant; the message says what is expected."""


def path_setting(name, default=None):
    """Read a variable that names a file or folder.

    Parameters
    ----------
    name : str
    default : str, optional
        Taken where the variable is missing or empty.

    Returns
    -------
    path : pathlib.Path or None
        `~`, `~user` and `$NAME` are expanded, quotes around it dropped. A relative path counts from the
        course's folder, whatever folder the notebook runs in.

    Raises
    ------
    SettingError
        If no user of that name is known.
    """
    value = _value(name) or default
    if value is None:
        return None
    try:
        return ROOT / Path(os.path.expandvars(value)).expanduser()
    except RuntimeError:
        message = f"{name} is {value!r}, but no such user is known here; write the whole path"
        raise SettingError(message) from None


def switch_setting(name):
    """Tell whether a variable is on: 1, true, yes or on, and not 0, false, no, off or nothing.

    Raises
    ------
    SettingError
        If it is anything else.
    """
    value = _value(name).lower()
    if value not in _ON + _OFF:
        raise SettingError(f"{name} is {value!r}; expected one of {', '.join(_ON + _OFF[1:])}, or nothing")
    return value in _ON


def _value(name):
    # A .env file or a service's settings may hand over the quotes as well.
    return os.environ.get(name, "").strip().strip("'\"").strip()
