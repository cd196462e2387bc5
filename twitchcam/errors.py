"""Errors a user can act on. Everything else that escapes is a bug."""

from __future__ import annotations


class TwitchcamError(Exception):
    """Base of the errors whose one-line message is shown to the user as it stands."""


class InputRefused(TwitchcamError):
    """The input cannot be used: says what, where and what to do. The command line exits with 2."""


class SettingsError(InputRefused):
    """A setting is unknown or out of range."""
