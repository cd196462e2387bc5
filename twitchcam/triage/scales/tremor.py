"""After MDS-UPDRS 3.17 and 3.18 and Fahn-Tolosa-Marin: tremor of lips and jaw at rest (reference B8)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twitchcam.phrases import phrase
from twitchcam.regions import LOWER_FACE
from twitchcam.summary import Event, Measured, ScaleEstimate
from twitchcam.triage.clues import covered_fraction
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.form import Form, in_mm, percent, too_short
from twitchcam.triage.scales.rest import BLIND, Rest

NEEDS_S = 10.0
"""Quiet rest that 3.17 asks for (S22)."""
MIN_NYQUIST_HZ = 10.0
"""Below 20 pictures a second no rhythm is judged (reference E6, proposed)."""
UPDRS_MM = (10.0, 20.0, 30.0)
"""Limits of 3.17 for lip and jaw between 1, 2, 3 and 4 (S22)."""
FTM_MM = (5.0, 10.0, 20.0)
"""Limits of Fahn-Tolosa-Marin for the face at rest between 1, 2, 3 and 4 (S22b, S22c)."""
CONSTANCY = (0.25, 0.5, 0.75)
"""Limits of 3.18 between 1, 2, 3 and 4 (reference B8, background)."""

_SHAPE = "Tremor towards the camera, of the tongue, and of the jaw behind closed lips is not seen."
AMPLITUDE = Form(
    "mds_updrs_3_17_lip_jaw",
    "Rest tremor of lip and jaw, after MDS-UPDRS 3.17",
    "0 none, 1 up to 1 cm, 2 up to 2 cm, 3 up to 3 cm, 4 more than 3 cm",
    ("S22", "S58"),
    (_SHAPE, "The scale takes the largest tremor of the whole examination; this is one recording."),
)
FACE = Form(
    "ftm_face_rest",
    "Tremor of the face at rest, after Fahn-Tolosa-Marin",
    "0 none, 1 under 0.5 cm, 2 up to 1 cm, 3 up to 2 cm, 4 more than 2 cm",
    ("S22b", "S22c"),
    (_SHAPE,),
)
SHARE = Form(
    "mds_updrs_3_18_constancy",
    "Constancy of rest tremor, after MDS-UPDRS 3.18",
    "0 none, 1 up to 25 %, 2 up to 50 %, 3 up to 75 %, 4 more than 75 % of the time",
    ("S22", "S58"),
    ("Hands, arms and legs are not seen; the scale counts tremor anywhere in the body.",),
)


@dataclass(frozen=True, slots=True)
class _Tremor:
    """The tremor at rest; 0 mm and no share of the time where there is none."""

    size_mm: float
    share: float
    basis: str


def lip_and_jaw(case: Case) -> ScaleEstimate:
    """Return the step 0-4 of the largest tremor of the lips at rest."""
    return _by_size(AMPLITUDE, UPDRS_MM, "S22", case)


def face_at_rest(case: Case) -> ScaleEstimate:
    """Return the step 0-4 with the finer limits of the tremor scale."""
    return _by_size(FACE, FTM_MM, "S22b", case)


def constancy(case: Case) -> ScaleEstimate:
    """Return the step 0-4 of the part of the rest that tremor of the lips fills."""
    tremor = _tremor(case)
    if isinstance(tremor, str):
        return SHARE.unknown(tremor)
    basis = [tremor.basis]
    if tremor.size_mm:
        basis.append(
            phrase(
                "Tremor filled {part} of the rest; the limits are 25, 50 and 75 % (background).",
                part=percent(tremor.share),
            )
        )
    return SHARE.value(_step(tremor.share, CONSTANCY) if tremor.size_mm else 0, basis)


def _by_size(form: Form, limits_mm: tuple[float, ...], source: str, case: Case) -> ScaleEstimate:
    tremor = _tremor(case)
    if isinstance(tremor, str):
        return form.unknown(tremor)
    basis = [tremor.basis]
    if tremor.size_mm:
        centimetres = ", ".join(f"{limit / 10:g}" for limit in limits_mm)
        basis.append(
            phrase(
                "The largest was {mm}; the limits are {cm} cm ({source:s}).",
                mm=in_mm(tremor.size_mm),
                cm=centimetres,
                source=source,
            )
        )
    return form.value(_step(tremor.size_mm, limits_mm) if tremor.size_mm else 0, basis)


def _step(value: float, limits: tuple[float, ...]) -> int:
    return 1 + sum(value > limit for limit in limits)


def _tremor(case: Case) -> _Tremor | str:
    """Return the tremor at rest, or why it cannot be told."""
    measured, rest = case.measured, case.rest
    nyquist = measured.quality.nyquist_hz
    if rest is None:
        return BLIND
    if rest.seconds < NEEDS_S:
        return too_short(rest.seconds, NEEDS_S)
    if nyquist is None or nyquist < MIN_NYQUIST_HZ:
        return "Needs 20 pictures a second."
    if not case.resembles("rest_tremor_like", "rabbit_like"):
        return _none_found(measured, rest)
    size = _largest_mm(measured, rest)
    if size is None:
        return "The size of the tremor could not be measured."
    trains = _trains(rest.events)
    share = covered_fraction(trains, rest.seconds)
    return _Tremor(
        size,
        share,
        phrase(
            "A rhythm of {hz} in {seconds:.0f} s of rest.",
            hz=_hz(measured.lips.dominant_hz),
            seconds=rest.seconds,
        ),
    )


def _none_found(measured: Measured, rest: Rest) -> _Tremor | str:
    lips = measured.lips
    if lips.rhythmic is True:
        return phrase(
            "A rhythm of {hz} was found that does not look like a tremor at rest.",
            hz=_hz(lips.dominant_hz),
        )
    if lips.rhythmic is None and lips.events:
        return "Whether the movements keep a rhythm could not be measured."
    limits = [q.min_detectable_mm for name, q in measured.quality.by_region.items() if name in LOWER_FACE]
    known = [limit for limit in limits if limit is not None]
    size = phrase(" of {mm} or more", mm=in_mm(max(known))) if known else ""
    return _Tremor(
        0.0,
        0.0,
        phrase(
            "No rhythm of the lips{size} in {seconds:.0f} s of rest.",
            size=size,
            seconds=rest.seconds,
        ),
    )


def _largest_mm(measured: Measured, rest: Rest) -> float | None:
    """Return the largest peak-to-peak size, mm: of the guided rest where there is one, else of the events."""
    guided = [t.tremor_mm for t in measured.tasks if t.task == "rest" and t.assessable and t.tremor_mm]
    if guided:
        return max(guided)
    sizes = [e.amplitude_mm for e in rest.events if set(e.regions) & set(LOWER_FACE)]
    return max(sizes, default=None)


def _trains(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return one event for each run of the lower face, from its first onset to its last offset."""
    runs: dict[int, list[Event]] = {}
    for event in events:
        if event.run is not None and set(event.regions) & set(LOWER_FACE):
            runs.setdefault(event.run, []).append(event)
    return tuple(_whole(run) for run in runs.values())


def _whole(run: list[Event]) -> Event:
    return replace(run[0], onset_s=min(e.onset_s for e in run), offset_s=max(e.offset_s for e in run))


def _hz(value: float | None) -> str:
    return "unknown frequency" if value is None else phrase("{hz:.1f} Hz", hz=value)
