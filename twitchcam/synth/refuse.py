"""Refusing settings that cannot be rendered."""

from __future__ import annotations

from twitchcam.errors import InputRefused


def require(ok: bool, where: str, rule: str) -> None:
    """Refuse with one line unless `ok`.

    Raises
    ------
    InputRefused
        Saying which setting (`where`) breaks which `rule`.
    """
    if not ok:
        raise InputRefused(f"{where}: {rule}")
