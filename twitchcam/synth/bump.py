"""The smooth local movement of skin that twitches, smiles and acts are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bump:
    """A smooth local movement: full at the centre, half at half the radius, nothing at the radius."""

    x_mm: float
    y_mm: float
    radius_mm: float
    dx_mm: float
    dy_mm: float
