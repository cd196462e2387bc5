"""FHIR R4: one Bundle of a DiagnosticReport, its Observations and the Device that made them.

Everything is `preliminary` and worded as an observation: no Condition, no diagnosis, no conclusion code. Of
the person it holds a local label where one is given, and nothing else: no name of the file, no date. What
could not be measured has a `dataAbsentReason`. Codes are twitchcam's own (`urn:twitchcam:summary:1`, the path
in summary.json), units UCUM. The same summary gives the same bytes.

Source: HL7 FHIR R4 (4.0.1), http://hl7.org/fhir/R4/.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.exports.fhir_observations import Maker
from twitchcam.edges.exports.fhir_words import CODES, Json, concept
from twitchcam.files import replacing
from twitchcam.triage.result_lines import LEVEL_WORDS

NO_DIAGNOSIS: Final = "Measured automatically in a video. An observation aid, not a diagnosis."


def write_fhir(path: Path, summary: Mapping[str, Any], *, subject: str = "", version: str = "") -> None:
    """Write the Bundle as JSON.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    bundle = fhir_bundle(summary, subject=subject, version=version)
    text = json.dumps(bundle, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as handle:
        handle.write(text.encode("utf-8", errors="replace"))


def fhir_bundle(summary: Mapping[str, Any], *, subject: str = "", version: str = "") -> Json:
    """Return the Bundle of a summary as `summary.json` holds it; `subject` is a label of your own."""
    seed = uuid.uuid5(uuid.NAMESPACE_URL, CODES + subject + json.dumps(summary, sort_keys=True, default=str))
    device = _device(summary, version)
    maker = Maker(summary, f"urn:uuid:{uuid.uuid5(seed, 'device')}", subject)
    observations = list(maker.observations())
    urls = [f"urn:uuid:{uuid.uuid5(seed, str(i))}" for i in range(len(observations))]
    report = _report(summary, urls, maker.subject)
    entries = [
        {"fullUrl": f"urn:uuid:{uuid.uuid5(seed, 'report')}", "resource": report},
        {"fullUrl": maker.device, "resource": device},
        *({"fullUrl": u, "resource": o} for u, o in zip(urls, observations, strict=True)),
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _device(summary: Mapping[str, Any], version: str) -> Json:
    tracker = summary["tracker"]
    return {
        "resourceType": "Device",
        "status": "active",
        "deviceName": [{"name": "twitchcam", "type": "model-name"}],
        "type": {"text": "software that measures movements of the face in video"},
        "version": [
            *([{"type": {"text": "twitchcam"}, "value": version}] if version else []),
            {"type": {"text": "face tracker"}, "value": f"{tracker['backend']} {tracker['version']}".strip()},
            {"type": {"text": "rules"}, "value": str(summary["triage"]["rules_version"])},
        ],
    }


def _report(summary: Mapping[str, Any], urls: Sequence[str], subject: Json | None) -> Json:
    triage = summary["triage"]
    lines = [
        NO_DIAGNOSIS,
        _reviewed(summary),
        f"How soon a doctor should look: {LEVEL_WORDS[triage['level']]}.",
    ]
    lines += [str(reason) for reason in triage["reasons"]]
    report: Json = {
        "resourceType": "DiagnosticReport",
        "status": "preliminary",
        "code": concept("report", "Movements of the face, measured in video"),
        "conclusion": "\n".join(lines),
        "result": [{"reference": url} for url in urls],
    }
    return report | ({"subject": subject} if subject else {})


def _reviewed(summary: Mapping[str, Any]) -> str:
    """Say whether a person went through the movements, without saying who."""
    review = summary.get("review")
    if not review:
        return "No person has reviewed the movements that were found."
    counts = ", ".join(f"{review[name]} {name}" for name in ("kept", "rejected", "relabelled", "added"))
    return f"A person has reviewed the movements that were found: {counts}."
