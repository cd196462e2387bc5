"""FHIR: every Bundle obeys the official R4 schema, says null as absent, and diagnoses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import summaries
from exported import busy, concluded, without_face

from twitchcam.edges.exports.fhir import fhir_bundle
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.summary import Summary

SCHEMA = json.loads((Path(__file__).with_name("fhir-r4-part.schema.json")).read_text(encoding="utf-8"))
UNITS = {"/min", "Hz", "mm", "s", "1"}
SUMMARIES = {
    "twitching": summaries.twitching,
    "guided": summaries.guided,
    "quiet": summaries.quiet,
    "unusable": summaries.unusable,
    "nothing": summaries.nothing_known,
    "recorded": lambda: concluded(busy()),
    "no face": lambda: concluded(without_face(busy())),
}


def bundle(summary: Summary, **more: str) -> dict[str, Any]:
    return fhir_bundle(summary_to_dict(summary), **more)


def resources(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in found["entry"] if e["resource"]["resourceType"] == kind]


def every(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from ([value[key]] if key in value else [])
        for item in value.values():
            yield from every(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from every(item, key)


@pytest.mark.parametrize("make", SUMMARIES.values(), ids=SUMMARIES)
def test_it_obeys_the_official_schema(make: Any) -> None:
    found = bundle(make(), subject="P07", version="1.0")
    for entry in found["entry"]:  # one by one: errors inside a Bundle are hard to read
        kind = entry["resource"]["resourceType"]
        jsonschema.Draft6Validator({**SCHEMA, "$ref": f"#/definitions/{kind}"}).validate(entry["resource"])
    jsonschema.Draft6Validator(SCHEMA).validate(found)


def test_the_schema_sees_what_is_wrong() -> None:
    found = bundle(summaries.twitching())
    resources(found, "Observation")[0]["status"] = "maybe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft6Validator(SCHEMA).validate(found)


@pytest.mark.parametrize("make", SUMMARIES.values(), ids=SUMMARIES)
def test_rules_that_the_schema_does_not_know(make: Any) -> None:
    found = bundle(make())
    urls = [entry["fullUrl"] for entry in found["entry"]]
    assert len(set(urls)) == len(urls)
    assert set(every(found, "reference")) <= set(urls)
    (report,) = resources(found, "DiagnosticReport")
    observations = resources(found, "Observation")
    assert len(report["result"]) == len(observations)
    assert {r["status"] for r in (report, *observations)} == {"preliminary"}
    for one in (*observations, *(c for o in observations for c in o.get("component", []))):
        values = [key for key in one if key.startswith("value")]
        assert len(values) + ("dataAbsentReason" in one) == 1, "obs-6: a value or why there is none"
    codes = {q["code"] for q in every(found, "valueQuantity")}
    assert codes <= UNITS
    assert {r["resourceType"] for e in found["entry"] for r in [e["resource"]]} == {
        "DiagnosticReport", "Device", "Observation",
    }  # fmt: skip


def test_numbers_sides_and_intervals_are_those_of_the_summary() -> None:
    summary = summaries.twitching()
    lips = summary.measured.lips
    found = {o["code"]["coding"][0]["code"]: o for o in resources(bundle(summary), "Observation")}
    rate = found["lips.rate_per_min"]["valueQuantity"]
    assert rate["value"] == pytest.approx(lips.rate_per_min, rel=1e-5)
    assert rate["code"] == "/min"
    (spread,) = (c["valueRange"] for c in found["lips.rate_per_min"]["component"])
    assert spread["low"]["value"] < rate["value"] < spread["high"]["value"]
    assert found["lips.side"]["valueCodeableConcept"]["text"] == "left"
    interval = found["lips.dominant_hz"]["component"][0]["valueRange"]
    assert (interval["low"]["value"], interval["high"]["value"]) == pytest.approx(lips.dominant_hz_ci)
    assert found["regions.commissure_left.rate_per_min"]["bodySite"]["text"] == "left mouth corner"
    assert found["regions.chin_mid.rate_per_min"]["bodySite"]["text"] == "middle of the chin"


def test_what_is_not_assessable_is_absent_with_the_reason() -> None:
    summary = summaries.unusable()
    found = {o["code"]["coding"][0]["code"]: o for o in resources(bundle(summary), "Observation")}
    absent = found["lips.rate_per_min"]["dataAbsentReason"]
    assert absent["coding"][0]["code"] == "unknown"
    assert absent["text"] == str(summary.measured.quality.reasons[0])
    assert not any(
        "null" in text or "None" in text for text in every(bundle(summary), "text") if isinstance(text, str)
    )


def test_nothing_about_the_person_unless_asked_and_no_diagnosis() -> None:
    summary = summaries.renamed(summaries.twitching(), "maria-schmidt.mp4")
    found = json.dumps(bundle(summary))
    assert "maria" not in found
    assert '"subject"' not in found
    assert "Condition" not in found
    assert "conclusionCode" not in found
    (report,) = resources(bundle(summary), "DiagnosticReport")
    assert "not a diagnosis" in report["conclusion"]
    named = bundle(summary, subject="P07")
    assert {json.dumps(s) for s in every(named, "subject")} == {
        '{"identifier": {"value": "P07"}, "display": "P07"}'
    }
    assert bundle(summary) == bundle(summary), "the same summary, the same ids"
    assert bundle(summary)["entry"][0]["fullUrl"] != named["entry"][0]["fullUrl"]


def test_a_review_is_told_without_the_reviewer() -> None:
    document = summary_to_dict(summaries.twitching())
    counts = {"kept": 20, "rejected": 3, "relabelled": 1, "added": 2}
    reviewed = document | {"review": counts | {"reviewer": "Dr Maria Schmidt", "when": "2026-11-21"}}
    (report,) = resources(fhir_bundle(reviewed), "DiagnosticReport")
    assert "A person has reviewed the movements that were found: 20 kept, 3 rejected" in report["conclusion"]
    assert "Schmidt" not in json.dumps(fhir_bundle(reviewed))
    (report,) = resources(fhir_bundle(document), "DiagnosticReport")
    assert "No person has reviewed" in report["conclusion"]
