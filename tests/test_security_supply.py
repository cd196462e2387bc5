"""What is shipped is listed: the bill of materials and the page of dependencies agree with the lock."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPDX = {
    "Apache-2.0", "MIT", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "PSF-2.0", "ISC",
    "Apache-2.0 OR BSD-2-Clause", "Apache-2.0 OR BSD-3-Clause",
}  # fmt: skip
"""Licences that were looked at: all let the program be used and handed on under its own."""


@pytest.fixture(scope="module")
def sbom() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "sbom.cdx.json").read_text(encoding="utf-8"))
    return document


def locked() -> set[tuple[str, str]]:
    text = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    return {(name.lower(), version) for name, version in re.findall(r"^([\w.-]+)==([^ ;\\\n]+)", text, re.M)}


def test_it_is_cyclonedx(sbom: dict[str, Any]) -> None:
    assert (sbom["bomFormat"], sbom["specVersion"], sbom["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sbom["serialNumber"])
    assert sbom["metadata"]["component"]["name"] == "twitchcam"
    references = [part["bom-ref"] for part in sbom["components"]] + ["twitchcam"]
    assert len(set(references)) == len(references)
    for part in sbom["components"]:
        assert part["type"] in ("library", "machine-learning-model", "data")
        assert part["name"]
        (licence,) = part["licenses"]
        told = licence.get("expression") or licence["license"].get("id") or licence["license"]["name"]
        assert told in SPDX | {"public domain"}, (part["name"], told)
        if part["type"] == "library":
            assert part["purl"] == part["bom-ref"] == f"pkg:pypi/{part['name']}@{part['version']}"
    for link in sbom["dependencies"]:
        assert {link["ref"], *link["dependsOn"]} <= set(references)
    assert {link["ref"] for link in sbom["dependencies"]} >= {"twitchcam"}


def test_it_is_the_lock(sbom: dict[str, Any]) -> None:
    listed = {(part["name"], part["version"]) for part in sbom["components"] if part["type"] == "library"}
    assert listed == locked(), "run scripts/make_sbom.py"
    assert (
        sbom["metadata"]["component"]["version"]
        == re.search(
            r'__version__ = "(.+)"', (ROOT / "twitchcam" / "__init__.py").read_text(encoding="utf-8")
        )[1]
    )  # type: ignore[index]


def test_models_and_clips_are_the_ones_listed(sbom: dict[str, Any]) -> None:
    hashes = {part["name"]: part["hashes"][0]["content"] for part in sbom["components"] if "hashes" in part}
    models = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert {model["name"]: model["sha256"] for model in models}.items() <= hashes.items()
    for clip in (ROOT / "sample_videos").glob("*.mp4"):
        assert hashes[clip.name] == hashlib.sha256(clip.read_bytes()).hexdigest(), "run scripts/make_sbom.py"


def test_the_page_lists_every_package_with_its_licence() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    table = page.partition("\n## ")[0]
    rows = dict(re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|", table, re.M))
    for name, version in locked():
        assert version in rows[name].split(", "), "run scripts/make_sbom.py"
    for target in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (ROOT / "docs" / target).exists(), target


def test_nothing_without_a_checksum_is_installed() -> None:
    for name in ("runtime.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[\w.-]+==.*(?:\\\n    --hash=sha256:[0-9a-f]{64}\s*)+", text, re.M)
        assert len(pins) == len(re.findall(r"^[\w.-]+==", text, re.M)), name
    setup = (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
    assert "--require-hashes" in setup
