"""A keyframe: the reference picture of the face and the solver that belongs to it.

The reference is fixed, so its gradients, its normal equations and their regularised inverse are made once;
each frame then costs a warp and one product of a matrix with the residual (inverse-compositional
Gauss-Newton: Baker & Matthews 2004, Int. J. Comput. Vis. 56, 221-255, with additive bumps and an appearance
model for the lighting).
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
from twitchcam.types import FloatArray, IntArray

N_PIXELS: Final = 18_000
"""At most so many pixels are used, those with the steepest gradients: they carry nearly all that is known."""
ROW_PIXELS: Final = 150
"""They are looked up as a picture of rows this wide, because cv2 takes no row longer than 32767."""
PRIOR_SD_PX: Final = 2.0
"""Prior standard deviation of a bump in crop pixels. Where the skin has any texture the data outweigh it a
thousandfold; where it has none the prior keeps the bump at rest."""
NOISE_SD: Final = 3.0
"""Grey-level noise that the prior assumes (8-bit codes)."""
NOISE_GRADIENT: Final = 0.5
"""Root mean square gradient (one direction) of the noise in a crop over the noise itself (its neighbours are
correlated by the smoothing and the warp)."""
EYE_ZONE: Final = (0.72, 0.62)
"""Width and height, in eye distances, of the ellipse around an eye in which the lids are solved apart. A
smaller one (0.62 x 0.44) let a blink move the chin by 0.17 mm and the cheek by 0.4; a larger one gains
nothing (measured)."""
SMOOTHING: Final = 0.1
"""Crop pixels of movement that equal one grey level of noise in the prior of the read-out: neighbouring bumps
that disagree by much more than the noise are believed, by less are averaged. 5 % less noise than without;
0.06 gives 10 %, but then the chin of one of six people reads 0.35 of its movement (`scripts/readout.py`)."""
NOMINAL_SD: Final = (0.105, 0.135)
"""Widths of the movements that are read at their full size, on average over the two: standard deviations of a
Gaussian in eye distances (6.6 and 8.5 mm)."""
UNIT_RANGE: Final = (0.5, 2.0)
"""A region's read-out is corrected within these bounds: beyond them there is too little texture to say."""
BLACK: Final = 16.0
"""Grey level of black in the crop (8-bit video)."""
SOFTER_PX: Final = 1.0
"""Blur (Gaussian sd, crop pixels) whose effect stands for that of a lens going out of focus."""
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


@dataclass(frozen=True)
class Reference:
    """One keyframe."""

    layout: Layout
    number: int
    picture: FloatArray
    """(h, w) grey levels in 8-bit codes."""
    pixels: IntArray
    """(N,) flat indices of the pixels used."""
    places: FloatArray
    """(2, N) where they are in the crop: x, y."""
    terms: FloatArray
    """(4 + K, N) the head's curved terms and the bumps at them."""
    values: FloatArray
    """(N,) the picture at them."""
    light: FloatArray
    """(L, N) the lighting terms at them: {1, x, y}, the shades times R (over 64 grey levels), softness."""
    solver: FloatArray
    """(14 + 2 K + L, N) carries a residual to an update of the parameters."""
    pull: FloatArray
    """(14 + 2 K + L, 2 K) carries the bumps' coefficients to their pull towards rest."""
    read_out: FloatArray
    """(2, 19, 2 K) carries the bumps' coefficients to the regions' displacement, right and down."""
    region_gain: FloatArray
    """(19,) displacement noise (crop pixels, one direction) for grey-level noise of 1."""
    zone: FloatArray
    """(19, N) rows sum to 1."""
    zone_mean: FloatArray
    zone_sd: FloatArray


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


def gradients(picture: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the (h, w) derivatives to x and y: five-point differences, exact to the fourth order."""
    taps = np.array([1, -8, 0, 8, -1], np.float32) / 12
    one = np.ones(1, np.float32)
    across, down = cv2.sepFilter2D(picture, -1, taps, one), cv2.sepFilter2D(picture, -1, one, taps)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def softness(picture: FloatArray) -> FloatArray:
    """Return (h, w) what a little blur changes: a lens that hunts for focus is no movement."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), SOFTER_PX) - picture, np.float32)


def _jacobian(
    layout: Layout, picture: FloatArray, pixels: IntArray, gx: FloatArray, gy: FloatArray
) -> FloatArray:
    """(P, N): how the picture's grey levels at `pixels` change with each parameter."""
    gx, gy = gx.ravel()[pixels], gy.ravel()[pixels]
    terms = [layout.linear[pixels].T, layout.curved[pixels].T, layout.local[pixels].T]
    light = layout.linear[pixels].T
    # Light multiplies what lies above black, not the code.
    grey = (picture.ravel()[pixels] - BLACK) / 64.0
    rows = [g * t for t in terms for g in (gx, gy)] + [light, layout.shade[pixels].T * grey]
    rows.append(softness(picture).ravel()[pixels][None])
    return np.asarray(np.concatenate(rows), np.float32)


def make_reference(layout: Layout, picture: FloatArray, number: int, noise_sd: float) -> Reference:
    """Make a keyframe from a grey crop (h, w) that carries white noise of `noise_sd`.

    Gradients that this noise alone would make carry no information: a ridge of their size damps the bumps
    that have nothing else to hold on to.
    """
    gx, gy = gradients(picture)
    weight = layout.weight.ravel()
    worth = weight * (gx * gx + gy * gy).ravel()
    inside = int(np.count_nonzero(weight > 0.05))
    count = max(min(N_PIXELS, inside) // ROW_PIXELS, 1) * ROW_PIXELS
    pixels = np.sort(np.argpartition(worth, -count)[-count:])
    jacobian = _jacobian(layout, picture, pixels, gx, gy)
    solver, pull = _solve_in_two(layout, jacobian, pixels, noise_sd)
    steep = np.stack([gx.ravel()[pixels], gy.ravel()[pixels]])
    read_out = _read_out(layout, solver, pixels, steep)
    return Reference(
        layout=layout,
        number=number,
        picture=picture,
        pixels=pixels,
        places=np.stack([pixels % picture.shape[1], pixels // picture.shape[1]]).astype(np.float32),
        terms=np.ascontiguousarray(np.hstack([layout.curved[pixels], layout.local[pixels]]).T),
        values=picture.ravel()[pixels],
        light=jacobian[-basis.ILLUMINATION :],
        solver=solver,
        pull=pull,
        read_out=read_out,
        region_gain=_region_gain(read_out, solver),
        **_zones(layout, picture, pixels, noise_sd),
    )


def _solve_in_two(
    layout: Layout, jacobian: FloatArray, pixels: IntArray, noise_sd: float
) -> tuple[FloatArray, FloatArray]:
    """Return the solver (P, N) and the pull towards rest (P, 2 K).

    Everything but the lids is solved on the pixels away from the eyes, then the lids on those around the eyes
    with the rest given. A blink moves the lids by 8 mm and changes what is seen there; solved together, a
    tenth of a millimetre of it would appear at the mouth. Both steps are linear, so one matrix does them.
    """
    k = layout.local.shape[1]
    weight, eyes = layout.weight.ravel()[pixels], layout.eyes.ravel()[pixels]
    ridge = np.zeros(len(jacobian))
    energy = (weight[:, None] * layout.local[pixels] ** 2).sum(axis=0)
    prior = (NOISE_SD / PRIOR_SD_PX) ** 2 + 4 * (NOISE_GRADIENT * noise_sd) ** 2 * energy
    ridge[basis.HEAD : basis.HEAD + 2 * k] = np.tile(prior, 2)
    lid_rows = [basis.HEAD + i + d * k for i in layout.lid_nodes for d in (0, 1)]
    lids = np.isin(np.arange(len(jacobian)), lid_rows)
    pull = np.zeros((len(jacobian), len(jacobian)))
    solver = np.zeros_like(jacobian)
    first, damped = _least_squares(jacobian[~lids], weight * (1 - eyes), ridge[~lids])
    second, lid_damped = _least_squares(jacobian[lids], weight * eyes, ridge[lids])
    given = second @ jacobian[~lids].T
    solver[~lids], solver[lids] = first, second - given @ first
    pull[np.ix_(~lids, ~lids)] = damped
    pull[np.ix_(lids, lids)] = lid_damped
    pull[np.ix_(lids, ~lids)] = -given @ damped
    return solver, pull[:, basis.HEAD : basis.HEAD + 2 * k].astype(np.float32)


def _least_squares(
    jacobian: FloatArray, weight: FloatArray, ridge: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the regularised pseudo-inverse (p, N) and the matrix (p, p) that pulls to zero."""
    weighted = jacobian * weight
    normal = (weighted @ jacobian.T).astype(np.float64) + np.diag(ridge)
    normal += 1e-7 * np.diag(np.diag(normal))
    inverse = np.linalg.inv(normal)
    return inverse.astype(np.float32) @ weighted, inverse * ridge


def _read_out(layout: Layout, solver: FloatArray, pixels: IntArray, steep: FloatArray) -> FloatArray:
    """Return the (2, 19, 2 K) read-out of the regions.

    The bumps leave gaps and overlap, and where the skin has little texture the prior holds them back: read
    at one place they may show 0.7 or 1.2 of a movement (six portraits). So the coefficients are first
    smoothed over neighbours, as far as their own noise says nothing else, and then scaled so that a movement
    of nominal width at the region's place has its true size. Lids are solved apart and stay as they are.
    """
    k = layout.nodes.shape[0]
    rows = solver[basis.HEAD : basis.HEAD + 2 * k]
    skin = np.tile(~np.isin(np.arange(k), layout.lid_nodes), 2)
    weights = np.eye(2 * k)
    noise = (rows[skin] @ rows[skin].T).astype(float)
    shared = basis.bumps(layout.geometry, layout.nodes, layout.nodes, layout.to_face).astype(float)
    bumps = np.kron(np.eye(2), shared)[np.ix_(skin, skin)]
    weights[np.ix_(skin, skin)] = np.linalg.inv(np.eye(len(noise)) + noise @ bumps / SMOOTHING**2)
    plain = np.kron(np.eye(2), layout.at_regions)
    unlidded = np.tile(~np.isin(np.arange(len(REGIONS)), layout.lid_nodes), 2)
    smooth = np.where(unlidded[:, None], plain @ weights, plain)
    seen = np.einsum("rk,kr->r", smooth, _response(layout, rows, pixels, steep))
    unit = np.where(unlidded, 1.0 / np.clip(seen, *UNIT_RANGE), 1.0)
    return np.asarray((smooth * unit[:, None]).reshape(2, len(REGIONS), 2 * k))


def _response(layout: Layout, rows: FloatArray, pixels: IntArray, steep: FloatArray) -> FloatArray:
    """Return the (2 K, 38) coefficients that a movement by 1 of nominal width causes: right at each of the 19
    regions, then down at each.
    """
    size, n = layout.geometry.eye_distance_px, len(REGIONS)
    places = np.column_stack([pixels % layout.geometry.size[0], pixels // layout.geometry.size[0]])
    apart = basis.apart_squared(places, layout.nodes[:n], layout.to_face[:n]).T / (2 * size**2)
    shapes = np.mean([np.exp(-apart / sd**2) for sd in NOMINAL_SD], axis=0)
    moved = (steep[:, None, :] * shapes).reshape(2 * len(REGIONS), -1).astype(np.float32)
    return np.asarray(rows @ moved.T, float)


def _region_gain(read_out: FloatArray, solver: FloatArray) -> FloatArray:
    rows = solver[basis.HEAD : basis.HEAD + read_out.shape[2]]
    moved = read_out.reshape(-1, read_out.shape[2]).astype(np.float32) @ rows
    return np.asarray(np.sqrt((moved**2).sum(axis=1).reshape(2, -1).mean(axis=0)))


def _zones(layout: Layout, picture: FloatArray, pixels: IntArray, noise_sd: float) -> dict[str, FloatArray]:
    zone = layout.zone[:, pixels] * layout.weight.ravel()[pixels]
    zone = zone / np.maximum(zone.sum(axis=1, keepdims=True), 1e-6)
    values = picture.ravel()[pixels]
    mean = zone @ values
    variance = zone @ (values * values) - mean * mean
    return {"zone": zone, "zone_mean": mean, "zone_sd": np.sqrt(np.maximum(variance - noise_sd**2, 0.5))}
