"""Fit the rule of `twitchcam.front.cover`: is a bare mouth seen, or something in front of it?

    python scripts/fit_cover.py --photos FOLDER [--workers 2] [--out results/fit_cover] [--write]

Draws each person (the photos and, where scikit-image is there, its astronaut) in some thirty poses: at
rest, talking, smiling, yawning, with teeth. Puts masks, scarves, hands, cups, food, telephones and pieces
of other pictures before the mouth, or beards, moustaches, glasses and lipstick beside it; degrades the
picture (size, turn, blur, light, grey, noise, JPEG), lets FaceMesh find the face, and describes the window
at its mouth. A picture counts as covered from 90 % of the lips on and as bare below 3 %. Prints what the
rule is worth on each person when it is fitted on the others, and on each kind of cover when it is fitted
without it; `--write` fits it on all and writes `twitchcam/front/cover_weights.py`.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize

import twitchcam.front.cover as rule
from twitchcam.edges.mediapipe_quiet import quiet_native
from twitchcam.errors import InputRefused
from twitchcam.front.anatomy import OUTER_LIPS
from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Cover,
    Portrait,
    Smile,
    Speech,
    Sway,
    astronaut,
    read_portrait,
)
from twitchcam.synth.covers.layer import SHAPE, STEP_MM, Layer, filled, grid_mm, rough, soften, with_shadow
from twitchcam.synth.occluders import CoveredRenderer, make_layer
from twitchcam.synth.scene import LUMA, OVERSAMPLE, Scene
from twitchcam.synth.skin import find_slits
from twitchcam.types import FloatArray, Image

SIZE = (560, 640)
PLAN = {
    "none": 100, "beard": 48, "moustache": 36, "stubble": 12, "glasses": 18, "lipstick": 22, "chin_rest": 10,
    "mask": 50, "scarf": 18, "hand": 70, "cup": 26, "food": 20, "phone": 20, "piece": 56,
}  # fmt: skip
"""Pictures of each person."""
BARE_KINDS = ("none", "beard", "moustache", "stubble", "glasses", "lipstick", "chin_rest")
LOOSE = ("hand", "cup", "food", "phone", "piece")
COVERED, BARE = 0.9, 0.03
RIDGE = 3.0
SHIFT = 0.5
"""Added to the log odds: a bare mouth that is refused costs a whole recording, one look at a cover little."""
TEXTURES = ("brick", "grass", "gravel", "coffee", "chelsea", "rocket", "coins", "camera", "page")
Places = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Sample:
    """One picture."""

    person: int
    kind: str
    label: int
    """1 bare, 0 covered, -1 between."""
    features: FloatArray


def poses(portrait: Portrait, person: int) -> list[tuple[FloatArray, Places]]:
    """Return pictures (h, w, 3) of one person, with the face millimetres of their pixels."""
    out = []
    # Opening, smile, whether the mouth shows teeth, whether both come at the same time.
    scripts = [(6, 9, 0, 0), (18, 6, 0, 0), (8, 13, 1, 1), (14, 9, 1, 1), (30, 5, 0, 1), (20, 6, 1, 1)]
    if find_slits(portrait)["mouth"].gap(np.zeros(1)).any():
        # A laughing portrait: a second laugh on top of it would be no human face.
        scripts = scripts[:2]
    for j, (opening, smile, toothed, together) in enumerate(scripts):
        seed = 100 * person + j
        clip = Clip(
            duration_s=12,
            smiles=(Smile(0.1, 11, smile) if together else Smile(2, 5, smile),),
            speech=(Speech(0.5 if together else 6.0, 11, opening, seed=seed),),
            blinks=(Blink(1.0),),
            sway=Sway(2.0, 6.0, seed=seed),
            camera=Camera(size=SIZE, noise=0),
            eye_distance_px=128,
        )
        renderer = CoveredRenderer(clip, portrait)
        if toothed:
            show_teeth(renderer.scene, np.random.default_rng([seed, 5]), opening)
        times = np.linspace(0.6, 10.5, 100)
        wide = np.argsort([-renderer.script.state(t).opening_mm for t in times])
        chosen = times[wide[[0, 12, 30, 55]]] if together else np.array([0.2, 1.1, 2.5, 3.0, 6.9, 8.3])
        for t in chosen.tolist():
            places = renderer.places(renderer.script.state(t), t)
            out.append((renderer.light(t), places))
    return out


def show_teeth(scene: Scene, rng: np.random.Generator, opening_mm: float) -> None:
    """Paint teeth into what lies behind the lips."""
    hidden = scene.hidden["mouth"]
    ty, tx = np.mgrid[: hidden.shape[0], : hidden.shape[1]].astype(float)
    x, y = scene.to_mm(
        tx / OVERSAMPLE + scene.texture_origin_px[0], ty / OVERSAMPLE + scene.texture_origin_px[1]
    )
    slit = scene.slits["mouth"]
    for row in range(1 if rng.random() < 0.5 else 2):
        below = slit.upper(x) + 2 - y - row * opening_mm
        inside = (below > -3) & (below < rng.uniform(7, 11) + 0.6 * np.cos(x / 3.7))
        aside = np.abs(x - slit.centre_mm)
        gaps = np.exp(-(((aside % 8.0) / 0.5) ** 2))
        tone = (1 - 0.3 * gaps) * (1 - 0.012 * aside) * rng.uniform(0.75, 1.0)
        mix = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.2)[..., None]
        hidden[:] = hidden * (1 - mix) + np.array([228, 220, 205]) * tone[..., None] * mix


def piece(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A piece of some picture, or of the person's own skin, cut out round or square."""
    from skimage import data

    x, y = grid_mm()
    at = portrait.landmarks_mm()[[13, 14], :2].mean(axis=0) + rng.normal(0, 3, 2)
    a, b, power = rng.uniform(30, 55), rng.uniform(16, 50), rng.uniform(2, 8)
    r = (np.abs((x - at[0]) / a) ** power + np.abs((y - at[1] + 0.25 * b) / b) ** power) ** (1 / power)
    opaque = np.clip((1 - r * (1 + 0.05 * soften(rough(rng, 15.0), 2.0))) * 40, 0, 1)
    if rng.random() < 0.5:
        source = np.atleast_3d(getattr(data, str(rng.choice(TEXTURES)))())
        side = int(rng.integers(60, min(source.shape[:2])))
        i, j = (int(rng.integers(n - side + 1)) for n in source.shape[:2])
        part = np.broadcast_to(source[i : i + side, j : j + side], (side, side, 3))
    else:
        corner = portrait.points_px[int(rng.choice([151, 50, 280, 9, 10, 205, 425])), :2]
        side = int(portrait.eye_distance_px * rng.uniform(0.3, 0.8))
        part = cv2.getRectSubPix(portrait.image, (side, side), corner.tolist())
    big = cv2.resize(np.ascontiguousarray(part), SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    turn = cv2.getRotationMatrix2D((SHAPE[1] / 2, SHAPE[0] / 2), rng.uniform(0, 360), 1.3)
    colour = cv2.warpAffine(big, turn, SHAPE[::-1], borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    return with_shadow(Layer(colour * np.float32(rng.uniform(0.8, 1.15)), opaque.astype(np.float32)))


def degrade(picture: FloatArray, rng: np.random.Generator) -> Image:
    """Return the picture as some camera at some distance gives it."""
    width, height = SIZE
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-12, 12), 1)
    picture = cv2.warpAffine(picture, turn, SIZE, borderMode=cv2.BORDER_REPLICATE)
    scale = float(np.exp(rng.uniform(np.log(0.3), np.log(1.05))))
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6 * max(scale, 0.5)))
    ty, tx = (np.linspace(-1, 1, n) for n in picture.shape[:2])
    angle = rng.uniform(0, 2 * np.pi)
    slope = 1 + rng.uniform(0, 0.35) * (tx[None] * np.cos(angle) + ty[:, None] * np.sin(angle))
    light = 255 * np.clip(picture / 255, 0, 1) ** rng.uniform(0.7, 1.5) * rng.uniform(0.35, 1.15)
    light = light * slope[..., None]
    if rng.random() < 0.3:
        light = np.repeat((light @ rng.dirichlet([1, 1, 1]))[..., None], 3, axis=2)
    light = light + rng.normal(0, rng.uniform(0.5, 6), light.shape)
    image = np.clip(light, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])[1]
        image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return image


def draw(job: tuple[int, str, Path]) -> list[Sample]:
    """Draw, or read back, all samples of one person."""
    person, photo, out = job
    stored = out / f"person{person}.npz"
    if not stored.exists():
        samples = _draw_all(person, read_portrait(photo) if photo else astronaut())
        np.savez(
            stored,
            kind=[s.kind for s in samples],
            label=[s.label for s in samples],
            features=[s.features for s in samples],
        )
    with np.load(stored) as archive:
        columns = zip(archive["kind"], archive["label"], archive["features"], strict=True)
        return [Sample(person, str(kind), int(label), features) for kind, label, features in columns]


def _draw_all(person: int, portrait: Portrait) -> list[Sample]:
    from mediapipe.python.solutions.face_mesh import FaceMesh

    rng = np.random.default_rng([person, 11])
    base = poses(portrait, person)
    lips = filled(portrait.landmarks_mm()[list(OUTER_LIPS), :2]) > 0.5
    samples = []
    with quiet_native(), FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1) as mesh:
        for kind in [kind for kind, count in PLAN.items() for _ in range(count)]:
            picture, (x, y) = base[int(rng.integers(len(base)))]
            covered = 0.0
            if kind != "none":
                layer = (
                    piece(portrait, rng)
                    if kind == "piece"
                    else make_layer(Cover(kind, seed=int(rng.integers(1 << 30))), portrait)  # type: ignore[arg-type]
                )
                off = rng.normal(0, [8.0, 12.0]) if kind in LOOSE and rng.random() < 0.3 else np.zeros(2)
                picture = layer.over(picture, x - np.float32(off[0]), y - np.float32(off[1]))
                shift = np.array([[1, 0, off[0] / STEP_MM], [0, 1, -off[1] / STEP_MM]])
                covered = float(np.mean(cv2.warpAffine(layer.opaque, shift, SHAPE[::-1])[lips] > 0.8))
            bare = kind in BARE_KINDS or covered < BARE
            image = degrade(picture, rng)
            found = mesh.process(image).multi_face_landmarks
            if found:
                h, w = image.shape[:2]
                points = np.array([(p.x * w, p.y * h, p.z * w) for p in found[0].landmark])
                window = rule.cut_window((image @ LUMA).astype(np.uint8), points)
                if window is not None:
                    label = 1 if bare else 0 if covered > COVERED else -1
                    samples.append(Sample(person, kind, label, rule.describe(window / np.float32(255))))
    return samples


def fit(features: FloatArray, label: FloatArray) -> tuple[FloatArray, float]:
    """Return weights and bias of a ridge logistic regression in which both classes weigh alike."""
    middle = features.mean(axis=0)
    x, sign = features - middle, 2.0 * label - 1
    share = len(label) * np.where(label == 1, 0.5 / np.sum(label == 1), 0.5 / np.sum(label == 0))

    def loss(p: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (x @ p[:-1] + p[-1])
        slope = -sign * share / (1 + np.exp(np.clip(margin, -500, 500)))
        value = float(np.sum(share * np.logaddexp(0, -margin)) + RIDGE / 2 * np.sum(p[:-1] ** 2))
        return value, np.append(x.T @ slope + RIDGE * p[:-1], slope.sum())

    p = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return p[:-1], float(p[-1] - middle @ p[:-1])


def print_tables(samples: list[Sample]) -> None:
    """Print what the rule is worth on people, and on covers, that it was not fitted on."""
    x, label = np.array([s.features for s in samples]), np.array([s.label for s in samples])
    person, kind = np.array([s.person for s in samples]), np.array([s.kind for s in samples])
    score, unseen = np.full(len(samples), np.nan), np.full(len(samples), np.nan)
    for k in np.unique(person):
        others = (person != k) & (label >= 0)
        weights, bias = fit(x[others], label[others])
        score[person == k] = x[person == k] @ weights + bias + SHIFT
        for name in np.unique(kind[label == 0]):
            weights, bias = fit(x[others & (kind != name)], label[others & (kind != name)])
            new = (person == k) & (kind == name)
            unseen[new] = x[new] @ weights + bias + SHIFT
    print("\nTaken for bare, %, fitted on the other people (number of pictures)\n")
    people = np.unique(person)
    print("| kind | " + " | ".join(f"person {k}" for k in people) + " | fitted without this kind |")
    print("|" + " --- |" * (len(people) + 2))
    for kinds, wanted in ((BARE_KINDS, 1), (tuple(k for k in PLAN if k not in BARE_KINDS), 0)):
        for name in kinds:
            at = (kind == name) & (label == wanted)
            cells = [f"{_percent(score[at & (person == k)])}" for k in people]
            print(f"| {name} | " + " | ".join(cells) + f" | {_percent(unseen[at]) if wanted == 0 else ''} |")


def _percent(score: FloatArray) -> str:
    return f"{100 * np.mean(score > 0):.0f} ({score.size})" if score.size else "-"


def write_weights(samples: list[Sample], path: Path) -> None:
    """Fit on everybody and write the module that holds the weights."""
    known = [s for s in samples if s.label >= 0]
    weights, bias = fit(np.array([s.features for s in known]), np.array([s.label for s in known]))
    numbers = [str(round(1000 * w)) for w in weights]
    lines = [f"    {' '.join(numbers[i : i + 20])}" for i in range(0, len(numbers), 20)]
    text = path.read_text(encoding="utf-8")
    start, stop = text.index('= """\n') + 6, text.index('\n"""\n"""By')
    head, tail = text[:start] + "\n".join(lines) + text[stop:], f"BIAS: Final = {bias + SHIFT:.3f}\n"
    path.write_text(head[: head.index("BIAS: Final")] + tail, encoding="utf-8")


def main() -> None:
    """Draw, fit, print, and write when asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/fit_cover"), help="samples are kept here")
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    photos = [str(p) for p in sorted(args.photos.glob("*.jpg"))]
    try:
        astronaut()
        photos.append("")
    except InputRefused:
        pass
    jobs = [(k, photo, args.out) for k, photo in enumerate(photos)]
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        samples = [sample for part in pool.map(draw, jobs) for sample in part]
    print_tables(samples)
    if args.write:
        write_weights(samples, Path(rule.__file__).with_name("cover_weights.py"))


if __name__ == "__main__":
    main()
