"""Errors a user can act on. Everything else that escapes is a bug."""

from __future__ import annotations


class TwitchcamError(Exception):
    """Base of the errors whose one-line message is shown to the user as it stands."""


class InputRefused(TwitchcamError):
    """The input cannot be used: says what, where and what to do. The command line exits with 2."""


class NoRoom(InputRefused):
    """The disk is full, which is no input's fault: every other one would be refused as well."""


class SettingsError(InputRefused):
    """A setting is unknown or out of range."""


def shown(value: object, longest: int = 60) -> str:
    """Return a value of any kind as part of one line: as Python writes it, cut where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python prints no integer of thousands of digits
        text = "a number of thousands of digits" if isinstance(value, int) else f"a {type(value).__name__}"
    return text if len(text) <= longest else text[: longest - 3] + "..."
