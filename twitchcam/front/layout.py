"""The layout of a face: where the bumps sit, which pixels count, how light may change over it.

It depends on the person's geometry alone, so all keyframes share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from twitchcam.front import basis
from twitchcam.front.anatomy import EYES, LIDS, MOUTH_INTERIOR, OVAL, eye_centres
from twitchcam.front.canonical import Geometry
from twitchcam.front.foreshorten import to_face_frame
from twitchcam.regions import REGIONS
from twitchcam.types import FloatArray

EYE_ZONE: Final = (0.72, 0.62)
"""Width and height, in eye distances, of the ellipse around an eye in which the lids are solved apart. A
smaller one (0.62 x 0.44) let a blink move the chin by 0.17 mm and the cheek by 0.4; a larger one gains
nothing (measured)."""
OPEN_MOUTH: Final = 0.04
"""Mean gap between the lips, in eye distances (2.5 mm), from which what is seen between them is left out."""
TEETH_REACH: Final = 0.38
"""As far as this part of the mouth's width to either side of its middle: the corners keep their own dark
edges, without which they read 1.16 of a vertical movement."""
TEETH_RIM: Final = 0.02
"""With a rim of so many eye distances (1.3 mm): the lower lip of a smiling portrait then reads 0.8-1.0 of a
tremor before its teeth, without the rim 0.6-0.95, with the teeth 0.3-0.7."""
FLOW_STEP: Final = 3
"""The displacement field is built on every third pixel and interpolated; it is smooth."""


@dataclass(frozen=True)
class Layout:
    """What depends on the person's geometry but not on the reference picture."""

    geometry: Geometry
    stable_middle: FloatArray
    """(2,) mean of the geometry's stable points."""
    nodes: FloatArray
    """(K, 2)"""
    weight: FloatArray
    """(h, w) 0 to 1: inside the face, outside the eye openings."""
    eyes: FloatArray
    """(h, w) 1 around the eyes, where only the lids are solved for."""
    lid_nodes: tuple[int, ...]
    """Which of the nodes are lids."""
    linear: FloatArray
    curved: FloatArray
    local: FloatArray
    """(h*w, 3), (h*w, 4), (h*w, K)"""
    coarse_curved: FloatArray
    coarse_local: FloatArray
    """The same on the coarse grid on which the displacement field is built."""
    coarse_shape: tuple[int, int]
    shade: FloatArray
    """(h*w, 1 + 2 BANDS) how light may change over the face."""
    to_face: FloatArray
    """(K, 2, 2) from movement as seen to movement in the face's own frame, at the nodes."""
    at_regions: FloatArray
    """(19, K) the bumps at the places of the regions."""
    zone: FloatArray
    """(19, h*w) which pixels show a region."""


def _polygon(shape: tuple[int, int], outline: FloatArray) -> FloatArray:
    mask = np.zeros(shape, np.float32)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], (1.0,), shift=4)
    return mask


def _face_weight(geometry: Geometry) -> FloatArray:
    width, height = geometry.size
    e = geometry.eye_distance_px
    flat = geometry.landmarks_px[:, :2]
    face = _polygon((height, width), flat[list(OVAL)])
    edge = max(1, round(0.03 * e))
    face[:edge], face[-edge:], face[:, :edge], face[:, -edge:] = 0, 0, 0, 0
    face = np.asarray(cv2.erode(face, np.ones((2 * round(0.05 * e) + 1,) * 2)), np.float32)
    eyes: FloatArray = np.zeros_like(face)
    for outline, pairs in zip(EYES, LIDS, strict=True):
        eyes = np.maximum(eyes, _polygon((height, width), flat[list(outline)]))
        upper, lower = flat[pairs[0][0]], flat[pairs[0][1]]
        cv2.circle(eyes, [int(v) for v in (upper + lower) / 2], round(0.11 * e), (1.0,), -1)
    eyes = np.asarray(cv2.dilate(eyes, np.ones((2 * round(0.03 * e) + 1,) * 2)), np.float32)
    face = face * (1 - _between_lips(geometry))
    return np.asarray(cv2.GaussianBlur(face * (1 - eyes), (0, 0), 0.02 * e), np.float32)


def _between_lips(geometry: Geometry) -> FloatArray:
    """(h, w) 1 where teeth show, with the edge of the lips before them: the edge looks different with every
    shift, and teeth, which stay, would hold the lips back. Nothing where the lips touch.
    """
    width, height = geometry.size
    e = geometry.eye_distance_px
    outline = geometry.landmarks_px[list(MOUTH_INTERIOR), :2]
    mouth = _polygon((height, width), outline)
    if float(mouth.sum()) < OPEN_MOUTH * e * float(np.ptp(outline[:, 0])):
        return np.zeros_like(mouth)
    along = np.arange(width, dtype=np.float32) - np.float32(outline[:, 0].mean())
    mouth = np.asarray(mouth * (np.abs(along) < TEETH_REACH * float(np.ptp(outline[:, 0]))), np.float32)
    return np.asarray(cv2.dilate(mouth, np.ones((2 * round(TEETH_RIM * e) + 1,) * 2)), np.float32)


def _around_eyes(geometry: Geometry) -> FloatArray:
    width, height = geometry.size
    e = geometry.eye_distance_px
    zone = np.zeros((height, width), np.float32)
    for centre in eye_centres(geometry.landmarks_px[:, :2]):
        cv2.ellipse(zone, (centre.tolist(), (EYE_ZONE[0] * e, EYE_ZONE[1] * e), 0.0), (1.0,), -1)
    return np.asarray(cv2.GaussianBlur(zone, (0, 0), 0.03 * e), np.float32)


def lay_out(geometry: Geometry) -> Layout:
    """Prepare everything that all keyframes of one geometry share."""
    width, height = geometry.size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    places = np.column_stack([x.ravel(), y.ravel()]).astype(float)
    shape = (-(-height // FLOW_STEP), -(-width // FLOW_STEP))
    cx = (np.arange(shape[1]) + 0.5) * (width / shape[1]) - 0.5
    cy = (np.arange(shape[0]) + 0.5) * (height / shape[0]) - 0.5
    coarse = np.column_stack([a.ravel() for a in np.meshgrid(cx, cy)])
    nodes = basis.node_places(geometry)
    depth = basis.relief(geometry, coarse)
    small = depth.reshape(shape).astype(np.float32)
    full = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    linear, curved = basis.head_terms(geometry, places, full.ravel())
    to_face = to_face_frame(geometry.landmarks_px, geometry.eye_distance_px, basis.places_of)
    local = basis.bumps(geometry, places, nodes, to_face)
    zone = (local[:, : len(REGIONS)].T ** 2).astype(np.float32)
    zone[zone < 0.2] = 0
    return Layout(
        geometry=geometry,
        stable_middle=geometry.stable_px.mean(axis=0),
        nodes=nodes,
        weight=_face_weight(geometry),
        eyes=_around_eyes(geometry),
        lid_nodes=basis.lid_nodes(),
        linear=linear.astype(np.float32),
        curved=curved.astype(np.float32),
        local=local,
        coarse_curved=basis.head_terms(geometry, coarse, depth)[1].astype(np.float32),
        coarse_local=basis.bumps(geometry, coarse, nodes, to_face),
        coarse_shape=shape,
        shade=basis.shade_terms(geometry, places).astype(np.float32),
        to_face=to_face,
        at_regions=basis.bumps(geometry, nodes[: len(REGIONS)], nodes, to_face),
        zone=zone,
    )
