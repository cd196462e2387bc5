"""Write sbom.cdx.json (CycloneDX 1.6) and docs/dependencies.md from the locked requirements.

    .venv/bin/python scripts/make_sbom.py            # after `make lock`
    .venv/bin/python scripts/make_sbom.py --check    # tells what is out of date, and ends with 1

The versions are those of requirements/runtime.txt, for every Python and system that it names. Licences and
who needs what come from the metadata of the packages installed here; what is not installed on this system is
in `LICENCES` below. Nothing is asked of any network.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SBOM = ROOT / "sbom.cdx.json"
PAGE = ROOT / "docs" / "dependencies.md"
LOCK = ROOT / "requirements" / "runtime.txt"
TEXT = ROOT / "scripts" / "dependencies.in.md"
PIN = re.compile(r"([A-Za-z0-9_.-]+)==([^ ;\\]+)(?: ; (.*?))?(?: \\)?")
LICENCES = {  # not installed on every system, or without a licence that a program can read
    "annotated-doc": "MIT", "colorama": "BSD-3-Clause", "exceptiongroup": "MIT", "six": "MIT", "tomli": "MIT",
    "cycler": "BSD-3-Clause", "duckdb": "MIT", "edfio": "Apache-2.0", "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-2.0", "mediapipe": "Apache-2.0", "numpy": "BSD-3-Clause", "protobuf": "BSD-3-Clause",
    "opencv-contrib-python-headless": "Apache-2.0", "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "scipy": "BSD-3-Clause", "shellingham": "ISC", "tzdata": "Apache-2.0", "contourpy": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause", "setuptools": "MIT", "pillow": "MIT-CMU", "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "packaging": "Apache-2.0 OR BSD-2-Clause", "rich": "MIT", "h11": "MIT", "pygments": "BSD-2-Clause",
}  # fmt: skip
WHY = {
    "av": "decodes and writes videos (FFmpeg)",
    "colorama": "colours in a Windows terminal, for click",
    "duckdb": "writes Parquet",
    "edfio": "writes EDF+",
    "exceptiongroup": "for anyio on Python 3.10",
    "fonttools": "which letters the PDF's font has",
    "jinja2": "renders the report",
    "matplotlib": "figures; mediapipe imports it",
    "mediapipe": "finds the face (FaceMesh, with its models)",
    "numpy": "arrays",
    "opencv-contrib-python-headless": "cameras, image operations; mediapipe imports it",
    "rich": "progress on a terminal",
    "scipy": "filters and statistics",
    "setuptools": "builds twitchcam when it is installed",
    "six": "for python-dateutil on Python 3.10",
    "starlette": "the live page's server",
    "tomli": "reads TOML on Python 3.10",
    "typer": "the command line",
    "typst": "lays out the PDF",
    "uvicorn": "the live page's server",
    "websockets": "the live page's server",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of the lock."""

    name: str
    version: str
    where: str
    """Environment marker; empty: everywhere."""

    @property
    def reference(self) -> str:
        """The package's address as CycloneDX writes it (purl)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_pins(lock: Path = LOCK) -> list[Pin]:
    """Return the locked packages in the lock's order."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    found = (PIN.fullmatch(line) for line in lines if line[:1].isalnum())
    return [Pin(match[1].lower(), match[2], match[3] or "") for match in found if match]


def licence_of(name: str) -> str:
    """Return the SPDX expression of a package's licence.

    Raises
    ------
    SystemExit
        If neither the table above nor the installed metadata tells it.
    """
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        told = LICENCES.get(name, "")
    else:
        told = about["License-Expression"] or LICENCES.get(name) or about["License"] or ""
    if not re.fullmatch(r"[A-Za-z0-9.+-]+( (AND|OR) [A-Za-z0-9.+-]+)*", told):
        sys.exit(f"{name}: its licence is not known ({told[:60]!r}); look it up and add it to LICENCES")
    return {"Apache 2.0": "Apache-2.0", "BSD": "BSD-3-Clause"}.get(told, told)


def needs() -> dict[str, set[str]]:
    """Return for each locked package which of the others it asks for."""
    names = {pin.name for pin in read_pins()}
    found: dict[str, set[str]] = {name: set() for name in names}
    for name in names | {"twitchcam"}:
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        plain = {normal(re.split(r"[ <>=!~;\[(]", line)[0]) for line in asked if "extra ==" not in line}
        plain |= {"opencv-contrib-python-headless"} if "opencv-contrib-python" in plain else set()
        found[name] = plain & names
    return found


def normal(name: str) -> str:
    """Return a package's name in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def sha256(path: Path) -> str:
    """Return a file's checksum."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def library(pin: Pin) -> dict[str, Any]:
    """Return a package as a component."""
    properties = [{"name": "environment", "value": pin.where}] if pin.where else []
    return {
        "type": "library",
        "bom-ref": pin.reference,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.reference,
        "licenses": _licences(licence_of(pin.name)),
        **({"properties": properties} if properties else {}),
    }


def _licences(expression: str) -> list[dict[str, Any]]:
    single = " " not in expression
    return [{"license": {"id": expression}}] if single else [{"expression": expression}]


def models() -> list[dict[str, Any]]:
    """Return the networks that may run, as components."""
    listed = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))["models"]
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{model['name']}",
            "name": model["name"],
            "description": f"{model['use']}; in: {model['where']}",
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
            "licenses": _licences(model["licence"]),
        }
        for model in listed
    ]


def clips() -> list[dict[str, Any]]:
    """Return the sample clips as components."""
    return [
        {
            "type": "data",
            "bom-ref": f"sample:{path.name}",
            "name": path.name,
            "description": "animated from NASA's portrait of Eileen Collins, public domain",
            "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
            "licenses": [{"license": {"name": "public domain"}}],
        }
        for path in sorted((ROOT / "sample_videos").glob("*.mp4"))
    ]


def make_sbom() -> dict[str, Any]:
    """Return the bill of materials."""
    pins, asked = read_pins(), needs()
    by_name: dict[str, list[str]] = {}
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin.reference)
    program = {
        "type": "application",
        "bom-ref": "twitchcam",
        "name": "twitchcam",
        "version": version(),
        "licenses": _licences("Apache-2.0"),
    }
    links = [("twitchcam", "twitchcam"), *((pin.name, pin.reference) for pin in pins)]
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": program},
        "components": [*map(library, pins), *models(), *clips()],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(r for other in asked.get(name, ()) for r in by_name[other])}
            for name, ref in links
        ],
    }
    content = json.dumps(document, sort_keys=True)
    return {**document, "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}"}


def version() -> str:
    """Return the program's version."""
    text = (ROOT / "twitchcam" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def make_page() -> str:
    """Return docs/dependencies.md: the text that is written by hand, and the table."""
    wanted_by: dict[str, set[str]] = {}
    for name, asked in needs().items():
        for other in asked:
            wanted_by.setdefault(other, set()).add(name)
    rows = ["| package | version | licence | why |", "|---|---|---|---|"]
    versions: dict[str, list[str]] = {}
    for pin in read_pins():
        versions.setdefault(pin.name, []).append(pin.version)
    for name, found in versions.items():
        others = sorted(wanted_by.get(name, set()) - {"twitchcam"})
        why = WHY.get(name) or f"for {', '.join(others)}"
        rows.append(f"| {name} | {', '.join(found)} | {licence_of(name)} | {why} |")
    return TEXT.read_text(encoding="utf-8").replace("{table}", "\n".join(rows))


def main() -> int:
    """Write both files, or tell which of them is out of date."""
    wanted = {SBOM: json.dumps(make_sbom(), indent=1) + "\n", PAGE: make_page()}
    old = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in old:
            print(f"{path.relative_to(ROOT)} is out of date; run scripts/make_sbom.py")
        return int(bool(old))
    for path in old:
        path.write_text(wanted[path], encoding="utf-8")
    print(f"{len(read_pins())} packages; changed: {', '.join(p.name for p in old) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
