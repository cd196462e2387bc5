"""FHIR observations: each measurement, pattern and the triage as one R4 Observation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twitchcam.edges.exports.fhir_words import (
    ABSENT,
    CATEGORY,
    CODES,
    STATUS_WORDS,
    Json,
    concept,
    notes,
    quantity,
    site_words,
)  # fmt: skip
from twitchcam.history.chance import rate_interval
from twitchcam.regions import REGIONS
from twitchcam.triage.result_lines import LEVEL_WORDS


class Maker:
    """Makes the Observations of one summary."""

    def __init__(self, summary: Mapping[str, Any], device: str, subject: str) -> None:
        self.summary, self.device = summary, device
        self.subject: Json | None = (
            {"identifier": {"value": subject}, "display": subject} if subject else None
        )
        reasons = summary["quality"]["reasons"]
        self.why = str(reasons[0]) if reasons else "The recording does not answer this."
        scale = summary["quality"]["scale"]
        source = scale["source"].replace("_", " ").replace("+", " and ")
        sd = "" if scale["rel_sd"] is None else f", relative standard deviation {scale['rel_sd']:.3g}"
        self.method = {"text": f"Registration of the face in video; millimetres by {source}{sd}"}

    def observations(self) -> Iterator[Json]:
        """Yield quality, lips, every region, both sides' synchrony, rest, patterns, triage."""
        yield self._quality()
        yield from self._lips()
        for region in REGIONS:
            if region in self.summary["regions"]:
                yield self._region(region, self.summary["regions"][region])
        for side in ("left", "right"):
            yield self._synchrony(side, self.summary["synchrony"][side])
        yield self._rest(self.summary["rest_asymmetry"])
        for pattern in self.summary["patterns"]:
            yield self._pattern(pattern)
        yield self._triage(self.summary["triage"])

    def _one(self, code: str, words: str, value: Json | None = None, **more: Any) -> Json:
        found: Json = {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [CATEGORY],
            "code": concept(code, words),
            **({"subject": self.subject} if self.subject else {}),
            **(value or {}),
            **{name: item for name, item in more.items() if item},
            "method": self.method,
            "device": {"reference": self.device},
        }
        return found

    def _measure(
        self, code: str, words: str, value: float | None, unit: str, ci: Any = None, **more: Any
    ) -> Json:
        """A number with its unit; its interval, where there is one, as a component."""
        components = [*more.pop("component", [])]
        if ci is not None:
            interval = {"low": quantity(ci[0], unit), "high": quantity(ci[1], unit)}
            words_ci = "95 % interval, as if each came independently" if unit == "/min" else "95 % interval"
            components.append({"code": concept(f"{code}.ci", words_ci), "valueRange": interval})
        return self._one(code, words, self._value(value, unit), component=components, **more)

    def _rate_interval(self, found: Mapping[str, Any]) -> tuple[float, float] | None:
        if found["rate_per_min"] is None:
            return None
        ends = rate_interval(found["events"], self.summary["quality"]["usable_s"])
        return None if ends is None else (float(f"{ends[0]:.6g}"), float(f"{ends[1]:.6g}"))

    def _value(self, value: float | None, unit: str) -> Json:
        return (
            {"dataAbsentReason": self._absent()}
            if value is None
            else {"valueQuantity": quantity(value, unit)}
        )

    def _absent(self) -> Json:
        return {"coding": [{"system": ABSENT, "code": "unknown"}], "text": self.why}

    def _part(self, code: str, words: str, value: float | None, unit: str) -> Json:
        return {"code": concept(code, words), **self._value(value, unit)}

    def _quality(self) -> Json:
        q = self.summary["quality"]
        usable = self._part(
            "quality.usable_s", "Time in which movements could be counted", q["usable_s"], "s"
        )
        words = {"ok": "good enough to answer", "limited": "answers in part", "unusable": "not usable"}
        return self._one(
            "quality.verdict",
            "Quality of the recording",
            {"valueCodeableConcept": concept(q["verdict"], words[q["verdict"]])},
            note=notes(q["reasons"]),
            component=[usable],
        )

    def _lips(self) -> Iterator[Json]:
        lips = self.summary["lips"]
        site = {"bodySite": {"text": "lips"}}
        yield self._measure(
            "lips.rate_per_min",
            "Twitches of the lips, rate",
            lips["rate_per_min"],
            "/min",
            self._rate_interval(lips),
            **site,
        )
        yield self._measure("lips.events", "Twitches of the lips, count", lips["events"], "1", **site)
        yield self._measure("lips.runs", "Trains of twitches of the lips, count", lips["runs"], "1", **site)
        yield self._measure(
            "lips.dominant_hz",
            "Rhythm of the lips",
            lips["dominant_hz"],
            "Hz",
            lips["dominant_hz_ci"],
            **site,
        )
        rhythmic = lips["rhythmic"]
        yield self._one(
            "lips.rhythmic",
            "The rhythm of the lips passes a test against noise",
            {"dataAbsentReason": self._absent()} if rhythmic is None else {"valueBoolean": rhythmic},
            **site,
        )
        size = lips["amplitude_mm"]
        yield self._measure(
            "lips.amplitude_mm.median",
            "Size of the twitches of the lips, peak to peak, median",
            size["median"],
            "mm",
            size.get("median_ci"),
            component=[
                self._part("lips.amplitude_mm.p95", "95th percentile", size["p95"], "mm"),
                self._part("lips.amplitude_mm.max", "Largest", size["max"], "mm"),
            ],
            **site,
        )
        side = lips["side"]
        yield self._one(
            "lips.side",
            "Side of the twitches of the lips (the subject's own)",
            {"dataAbsentReason": self._absent()}
            if side is None
            else {"valueCodeableConcept": concept(side, "no side" if side == "none" else side)},
            **site,
        )
        uneven = lips["asymmetry"]
        words = "Asymmetry of the lips' movement, (L-R)/(L+R): +1 left only, -1 right only"
        yield self._measure("lips.asymmetry.index", words, uneven["index"], "1", uneven["ci"], **site)

    def _region(self, region: str, found: Mapping[str, Any]) -> Json:
        quality = self.summary["quality"]["by_region"].get(region, {})
        least = quality.get("min_detectable_mm")
        code = f"regions.{region}"
        return self._measure(
            f"{code}.rate_per_min",
            "Twitches, rate",
            found["rate_per_min"],
            "/min",
            self._rate_interval(found),
            bodySite={"coding": [{"system": CODES, "code": region}], "text": site_words(region)},
            component=[
                self._part(f"{code}.events", "Twitches, count", found["events"], "1"),
                self._part(f"{code}.amplitude_mm", "Size, median", found["amplitude_mm"], "mm"),
                self._part(f"{code}.dominant_hz", "Rhythm", found["dominant_hz"], "Hz"),
                self._part(f"{code}.min_detectable_mm", "Smallest that would have been seen", least, "mm"),
            ],
        )

    def _synchrony(self, side: str, found: Mapping[str, Any]) -> Json:
        code = f"synchrony.{side}"
        return self._measure(
            f"{code}.coincident_fraction",
            f"Part of the {side} eye's movements that come with that side's mouth",
            found["coincident_fraction"],
            "1",
            bodySite={"text": f"{side} half of the face"},
            component=[
                self._part(f"{code}.eye_mouth_events", "Together, count", found["eye_mouth_events"], "1"),
                self._part(f"{code}.p_value", "Probability by chance", found["p_value"], "1"),
                self._part(
                    f"{code}.brow_lift_events", "With a lifted brow, count", found["brow_lift_events"], "1"
                ),
            ],
        )

    def _rest(self, found: Mapping[str, Any]) -> Json:
        words = "At rest: height of the left mouth corner above the right one"
        parts = [
            self._part(
                "rest_asymmetry.eye_opening_ratio",
                "Lid gap, left over right",
                found["eye_opening_ratio"],
                "1",
            ),
            self._part(
                "rest_asymmetry.brow_mm",
                "Height of the left brow above the right one",
                found["brow_mm"],
                "mm",
            ),
        ]
        return self._measure(
            "rest_asymmetry.commissure_mm", words, found["commissure_mm"], "mm", component=parts
        )

    def _pattern(self, pattern: Mapping[str, Any]) -> Json:
        name = pattern["id"].removesuffix("_like").replace("_", " ")
        return self._one(
            f"patterns.{pattern['id']}",
            f"Likeness to the pattern described for {name}; not a diagnosis",
            {"valueCodeableConcept": concept(pattern["status"], STATUS_WORDS[pattern["status"]])},
            note=notes([*pattern["evidence"], *(f"Against: {text}" for text in pattern["against"])]),
        )

    def _triage(self, triage: Mapping[str, Any]) -> Json:
        return self._one(
            "triage.level",
            "How soon a doctor should look, by open rules on the answers and this recording",
            {"valueCodeableConcept": concept(triage["level"], LEVEL_WORDS[triage["level"]])},
            note=notes([*triage["reasons"], *triage["advice"]]),
        )
