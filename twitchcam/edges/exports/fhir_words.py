"""FHIR words: codes, units and the small data types that every resource is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from twitchcam.regions import side_of

CODES: Final = "urn:twitchcam:summary:1"
UCUM: Final = "http://unitsofmeasure.org"
ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY: Final = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "procedure"}],
    "text": "measurement in video",
}
SHOWN_UNIT: Final = {
    "/min": "per minute",
    "1": "",
    "Hz": "Hz",
    "mm": "mm",
    "s": "s",
}
STATUS_WORDS: Final = {
    "flagged": "looks like the pattern described",
    "possible": "possibly like the pattern described",
    "not_seen": "not seen in this recording",
    "not_assessable": "cannot be told from this recording",
}
SITES: Final = {
    "commissure": "mouth corner",
    "upper_lip": "upper lip",
    "lower_lip": "lower lip",
    "cheek": "cheek",
    "lower_eyelid": "lower eyelid",
    "upper_eyelid": "upper eyelid",
    "brow": "eyebrow",
    "chin": "chin",
}
Json = dict[str, Any]


def site_words(region: str) -> str:
    """Return such as 'left mouth corner'."""
    stem = region.rsplit("_", 1)[0]
    side = side_of(region)
    return f"{'middle of the' if side == 'mid' else side} {SITES[stem]}"


def concept(code: str, words: str) -> Json:
    """Return a CodeableConcept of twitchcam's own codes."""
    return {"coding": [{"system": CODES, "code": code, "display": words}], "text": words}


def quantity(value: float, unit: str) -> Json:
    """Return a Quantity; `unit` is a UCUM code of `SHOWN_UNIT`."""
    shown = SHOWN_UNIT[unit]
    return {"value": value, **({"unit": shown} if shown else {}), "system": UCUM, "code": unit}


def notes(texts: Sequence[str]) -> list[Json]:
    """Return texts as Annotations."""
    return [{"text": str(text)} for text in texts]
