"""Errors a user can act on. Everything else that escapes is a bug."""

from __future__ import annotations

import errno
from typing import Final

_OF_PATHS: Final = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.EPERM, errno.EIO})
"""What the system says of a path that it does not let be used, wherever that is first noticed."""


class TwitchcamError(Exception):
    """Base of the errors whose one-line message is shown to the user as it stands."""


class InputRefused(TwitchcamError):
    """The input cannot be used: says what, where and what to do. The command line exits with 2."""


class NoRoom(InputRefused):
    """The disk is full, which is no input's fault: every other one would be refused as well."""


class SettingsError(InputRefused):
    """A setting is unknown or out of range."""


def of_path(error: OSError) -> str | None:
    """Return one line about a path that the system does not let be used; None for any other error."""
    if error.errno not in _OF_PATHS or error.filename is None:
        return None
    name = error.filename if isinstance(error.filename, str) else shown(error.filename)
    return f"{name}: cannot be used ({error.strerror}); check the name and its permissions, or copy it."


def shown(value: object, longest: int = 60) -> str:
    """Return a value of any kind as part of one line: as Python writes it, cut where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python prints no integer of thousands of digits
        text = "a number of thousands of digits" if isinstance(value, int) else f"a {type(value).__name__}"
    return text if len(text) <= longest else text[: longest - 3] + "..."
