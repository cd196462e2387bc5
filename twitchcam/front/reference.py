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
from twitchcam.front.layout import Layout
from twitchcam.regions import LIP_INDEX, REGIONS
from twitchcam.types import FloatArray, IntArray

N_PIXELS: Final = 13_500
"""At most so many pixels are used: those that say most about the regions. They carry as much (the lips'
predicted noise is 0.96-1.00 of it on four faces) as the 18,000 with the steepest gradients, many of which lie
in brows and beards."""
CANDIDATES: Final = 24_000
"""They are chosen among so many with the steepest gradients."""
LIPS_COUNT: Final = 2.0
"""What is known of a lip region counts so many times that of another one."""
BALANCE: Final = 2.0
BALANCINGS: Final = 6
"""Rounds in which regions that lose much by the choice come to count for more: by this power of what is left
of them."""
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


def shade(reference: Reference, light: FloatArray) -> FloatArray:
    """Return (h, w) the change of grey levels that (L,) coefficients of the lighting terms stand for.

    The columns are those of the solver's lighting rows, over the whole picture.
    """
    layout, light = reference.layout, light.astype(np.float32)
    grey = (reference.picture.ravel() - np.float32(BLACK)) / np.float32(64.0)
    shaded: FloatArray = layout.linear @ light[:3] + (layout.shade @ light[3:-1]) * grey
    shaded += light[-1] * softness(reference.picture).ravel()
    return shaded.reshape(reference.picture.shape)


def make_reference(
    layout: Layout, picture: FloatArray, number: int, noise_sd: float, pixels: IntArray | None = None
) -> Reference:
    """Make a keyframe from a grey crop (h, w) that carries white noise of `noise_sd`, on `pixels` or on those
    that say most.

    Gradients that this noise alone would make carry no information: a ridge of their size damps the bumps
    that have nothing else to hold on to.
    """
    gx, gy = gradients(picture)
    pixels = _choose_pixels(layout, picture, gx, gy, noise_sd) if pixels is None else pixels
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


def _choose_pixels(
    layout: Layout, picture: FloatArray, gx: FloatArray, gy: FloatArray, noise_sd: float
) -> IntArray:
    """Return the (N,) pixels that say most about where the regions are, of those inside the face.

    A region's displacement is a weighted sum of the residuals; a pixel tells as much of it as the square of
    its weight. The weights are those of the solver on the candidates.
    """
    weight = layout.weight.ravel()
    worth = weight * (gx * gx + gy * gy).ravel()
    inside = int(np.count_nonzero(weight > 0.05))
    pixels = _largest(worth, min(CANDIDATES, inside))
    count = max(min(N_PIXELS, inside) // ROW_PIXELS, 1) * ROW_PIXELS
    if count >= len(pixels):
        return np.sort(_largest(worth, count))
    jacobian = _jacobian(layout, picture, pixels, gx, gy)
    solver, _ = _solve_in_two(layout, jacobian, pixels, noise_sd)
    read_out = _read_out(layout, solver, pixels, np.stack([gx.ravel()[pixels], gy.ravel()[pixels]]))
    told = _weights_of(read_out, solver) ** 2
    told = (told / told.sum(axis=1, keepdims=True)).reshape(2, len(REGIONS), -1).mean(axis=0)
    counts = np.ones(len(REGIONS))
    counts[list(LIP_INDEX)] = LIPS_COUNT
    for _ in range(BALANCINGS):
        chosen = _largest(counts @ told, count)
        counts = counts / told[:, chosen].sum(axis=1) ** BALANCE
    return np.sort(pixels[chosen])


def _largest(values: FloatArray, count: int) -> IntArray:
    return np.asarray(np.argpartition(values, -count)[-count:])


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
    skin, by_lids = jacobian[~lids], np.flatnonzero(weight * eyes)
    first, damped = _least_squares(skin, weight * (1 - eyes), ridge[~lids])
    second, lid_damped = _least_squares(jacobian[lids][:, by_lids], (weight * eyes)[by_lids], ridge[lids])
    given = second @ skin[:, by_lids].T
    solver, pull = np.empty_like(jacobian), np.zeros((len(jacobian), len(jacobian)))
    solver[~lids], rest = first, -given @ first
    rest[:, by_lids] += second
    solver[lids] = rest
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
    apart = (basis.apart_squared(places, layout.nodes[:n], layout.to_face[:n]).T / (2 * size**2)).astype(
        np.float32
    )
    shapes = np.mean([np.exp(-apart / np.float32(sd**2)) for sd in NOMINAL_SD], axis=0)
    moved = (steep[:, None, :] * shapes).reshape(2 * len(REGIONS), -1).astype(np.float32)
    return np.asarray(rows @ moved.T, float)


def _weights_of(read_out: FloatArray, solver: FloatArray) -> FloatArray:
    """(38, N) what each pixel's residual adds to each region's displacement."""
    rows = solver[basis.HEAD : basis.HEAD + read_out.shape[2]]
    return np.asarray(read_out.reshape(-1, read_out.shape[2]).astype(np.float32) @ rows)


def _region_gain(read_out: FloatArray, solver: FloatArray) -> FloatArray:
    weights = _weights_of(read_out, solver)
    return np.asarray(np.sqrt((weights**2).sum(axis=1).reshape(2, -1).mean(axis=0)))


def _zones(layout: Layout, picture: FloatArray, pixels: IntArray, noise_sd: float) -> dict[str, FloatArray]:
    zone = layout.zone[:, pixels] * layout.weight.ravel()[pixels]
    zone = zone / np.maximum(zone.sum(axis=1, keepdims=True), 1e-6)
    values = picture.ravel()[pixels]
    mean = zone @ values
    variance = zone @ (values * values) - mean * mean
    return {"zone": zone, "zone_mean": mean, "zone_sd": np.sqrt(np.maximum(variance - noise_sd**2, 0.5))}
