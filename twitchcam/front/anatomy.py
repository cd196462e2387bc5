"""Which mesh points stand for which part of the face.

Indices are those of MediaPipe's 478-point face mesh (468 face points, then 5 for each iris). They were read
off the mesh drawn over portraits; the mesh is symmetric, so the left-hand lists are the mirror images of the
right-hand ones.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from twitchcam.regions import REGIONS
from twitchcam.types import FloatArray

REGION_POINTS: Final[dict[str, tuple[int, ...]]] = {
    "upper_lip_left": (269, 270, 310, 311),
    "upper_lip_mid": (0, 11, 12, 13),
    "upper_lip_right": (39, 40, 80, 81),
    "lower_lip_left": (321, 405, 318, 402),
    "lower_lip_mid": (14, 15, 16, 17),
    "lower_lip_right": (91, 181, 88, 178),
    "commissure_left": (291,),
    "commissure_right": (61,),
    "cheek_left": (280, 425),
    "cheek_right": (50, 205),
    "lower_eyelid_left": (253, 374),
    "lower_eyelid_right": (23, 145),
    "upper_eyelid_left": (257, 386),
    "upper_eyelid_right": (27, 159),
    "brow_left": (282, 295, 296, 334),
    "brow_right": (52, 65, 66, 105),
    "chin_left": (424, 431),
    "chin_mid": (199, 200),
    "chin_right": (204, 211),
}
"""The landmarks whose mean is a region's place."""

EYE_CORNERS: Final[tuple[tuple[int, ...], ...]] = ((466,), (246,))
SUPPORT_POINTS: Final[tuple[tuple[int, ...], ...]] = (
    (279, 331), (49, 102),      # wings of the nose
    (1, 2),                     # tip of the nose
    (436,), (216,),             # nasolabial fold
    (432,), (212,),             # beside the mouth corners
    (164,), (391,), (165,), (18,),  # above and below the lips
    (352,), (123,),             # side of the cheek
    (434,), (214,),             # in front of the masseter
    (394,), (169,),             # jaw
    (9,), (333,), (104,),       # between and above the brows
    *EYE_CORNERS,
)  # fmt: skip
"""Further places where the skin may move on its own, so that its motion is not taken for the head's or for a
lip's."""

STABLE: Final[tuple[int, ...]] = (
    6, 168, 197, 195, 5, 4,                 # bridge and tip of the nose
    33, 133, 263, 362,                      # corners of the eyes
    10, 151, 67, 297, 109, 338,             # forehead
    127, 356, 234, 454,                     # temples
)  # fmt: skip
"""Points that move with the skull: never lips, brows, lids or chin."""

RIGHT_EYE: Final[tuple[int, ...]] = (
    33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246,
)  # fmt: skip
LEFT_EYE: Final[tuple[int, ...]] = (
    263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466,
)  # fmt: skip
EYES: Final[tuple[tuple[int, ...], ...]] = (LEFT_EYE, RIGHT_EYE)
"""Outlines of the eye openings, left first."""
CANTHI: Final[tuple[tuple[int, int], ...]] = ((263, 362), (33, 133))
"""(outer, inner) corner of the left and of the right eye."""
LIDS: Final[tuple[tuple[tuple[int, int], ...], ...]] = (
    ((386, 374), (385, 380), (387, 373)),
    ((159, 145), (158, 153), (160, 144)),
)
"""(upper, lower) pairs across the opening of the left and of the right eye."""
IRIS: Final[tuple[tuple[int, ...], ...]] = ((473, 474, 475, 476, 477), (468, 469, 470, 471, 472))
"""(centre, four on the rim: two across, two up and down, alternating) of the left and of the right iris."""
INNER_LIPS: Final[tuple[tuple[int, int], ...]] = ((13, 14), (312, 317), (82, 87))
"""(upper, lower) pairs across the mouth opening."""
MOUTH_CORNERS: Final[tuple[int, int]] = (291, 61)
MOUTH_INTERIOR: Final[tuple[int, ...]] = (
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
)  # fmt: skip
OUTER_LIPS: Final[tuple[int, ...]] = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
)  # fmt: skip
OVAL: Final[tuple[int, ...]] = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
ACROSS: Final[tuple[tuple[int, int], ...]] = (
    (263, 33), (362, 133), (454, 234), (356, 127), (300, 70), (297, 67),
)  # fmt: skip
"""(left, right) pairs: mean of the differences is the head's left-right axis."""
UPPER_MIDLINE: Final[tuple[int, ...]] = (10, 151, 9)
LOWER_MIDLINE: Final[tuple[int, ...]] = (4, 1, 2)


def _means(groups: tuple[tuple[int, ...], ...]) -> FloatArray:
    """(g, 478) matrix that takes the mean of each group of landmarks: one product instead of a loop."""
    matrix = np.zeros((len(groups), 478))
    for row, group in enumerate(groups):
        matrix[row, list(group)] = 1 / len(group)
    return matrix


_REGIONS: Final = _means(tuple(REGION_POINTS[name] for name in REGIONS))
_SUPPORT: Final = _means(SUPPORT_POINTS)
_EYES: Final = _means(CANTHI)


def region_places(points: FloatArray) -> FloatArray:
    """Return the (19, d) places of the regions from (478, d) landmarks."""
    return np.asarray(_REGIONS @ points)


def support_places(points: FloatArray) -> FloatArray:
    """Return the (s, d) places of the further nodes from (478, d) landmarks."""
    return np.asarray(_SUPPORT @ points)


def eye_centres(points: FloatArray) -> FloatArray:
    """Return the (2, d) midpoints between the corners of the left and of the right eye."""
    return np.asarray(_EYES @ points)
