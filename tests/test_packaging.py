"""The tree as it is shipped: locked requirements, no addresses of ours, no uploader, small samples."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import twitchcam
from twitchcam.doctor.uploader import find_package, find_uploader, native_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("runtime.txt", "dev.txt")
CLIP_BYTES = 1_500_000
TEXT = {
    ".py",
    ".toml",
    ".txt",
    ".in",
    ".md",
    ".json",
    ".sh",
    ".cfg",
    ".yml",
    ".yaml",
    ".html",
    ".css",
    ".js",
    "",
}
NOT_OURS = {".git", ".venv", "build", "dist", "demo_out", "results", "twitchcam_results", "__pycache__"}
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "*/README.md")
    for path in ROOT.glob(pattern)
    if path.parent.name not in NOT_OURS
)

# Written in pieces, so that this file does not find itself.
INDEX_OPTIONS = ("--" + "index-url", "--" + "extra-index-url", "find" + "-links", "--" + "trusted-host")
MACHINE_PATHS = tuple(
    re.compile(rf"(?<![\w.]){'/'}{top}/[\w.]") for top in ("root", "work", "home", "opt", "Users")
)


def shipped_texts() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        private = any(
            p in NOT_OURS or p.endswith((".egg-info", "_cache")) or p == ".hypothesis" for p in parts
        )
        if not private and path.is_file() and path.suffix in TEXT and path.stat().st_size < 2_000_000:
            yield path


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, set[str]]:
    """Return {package: {version}} of a lock file; every entry must be pinned and hashed."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    pins: dict[str, set[str]] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        match = re.match(r"([a-z0-9-]+)==([\w.]+)( ;.*?)?\s+--hash=sha256:[0-9a-f]{64}", line)
        assert match, f"requirements/{name}: not pinned and hashed: {line[:80]}"
        pins.setdefault(match[1], set()).add(match[2])
    return pins


def names_in(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {bare for line in lines if (bare := re.split(r"[<>=;# ]", line.strip())[0])}


def test_no_index_addresses_and_no_machine_paths() -> None:
    wrong = []
    for path in shipped_texts():
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {option}" for option in INDEX_OPTIONS if option in text]
        wrong += [
            f"{path.relative_to(ROOT)}: {hit[0]}" for rule in MACHINE_PATHS if (hit := rule.search(text))
        ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", LOCKS)
def test_locks_are_pinned_hashed_and_name_no_host(name: str) -> None:
    assert len(locked(name)) > 20
    assert "://" not in (ROOT / "requirements" / name).read_text(encoding="utf-8")


def test_development_pins_contain_the_runtime_pins() -> None:
    runtime, dev = locked("runtime.txt"), locked("dev.txt")
    assert {name: dev.get(name) for name in runtime} == runtime
    assert names_in("dev.in") <= dev.keys()


def test_the_lock_answers_pyproject_and_leaves_out_what_is_not_imported() -> None:
    asked = {re.split(r"[<>=; ]", entry)[0] for entry in pyproject()["project"]["dependencies"]}
    runtime, left_out = locked("runtime.txt").keys(), names_in("left-out.txt")
    assert asked - left_out <= runtime
    assert not left_out & runtime


def test_there_is_one_cv2() -> None:
    assert [name for name in locked("dev.txt") if name.startswith("opencv")] == [
        "opencv-contrib-python-headless"
    ]
    installed = {name.lower() for d in metadata.distributions() if (name := d.metadata["Name"])}
    several = sorted(name for name in installed if name.startswith("opencv"))
    assert len(several) == 1, f"these share one cv2 folder, keep one of them: {several}"


def mediapipe_folder() -> Path:
    folder = find_package("mediapipe")
    assert folder is not None
    return folder


def test_the_installed_mediapipe_carries_no_uploader() -> None:
    assert native_files(mediapipe_folder())
    assert find_uploader(mediapipe_folder()) == []


def test_the_model_manifest_tells_the_truth() -> None:
    for model in json.loads((ROOT / "models/manifest.json").read_text(encoding="utf-8"))["models"]:
        assert set(model) == {"name", "use", "where", "sha256", "licence", "address"}
        place, _, folder = model["where"].partition(", ")
        path = (mediapipe_folder() / folder if folder else ROOT / place) / model["name"]
        if folder or path.exists():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == model["sha256"], path


def test_sample_clips_are_small_and_have_their_truth(samples: Path) -> None:
    clips = sorted(samples.glob("*.mp4"))
    assert len(clips) >= 4
    for clip in clips:
        assert clip.stat().st_size < CLIP_BYTES, f"{clip.name} is larger than 1.5 MB"
        assert list(samples.glob(f"{clip.stem}*.json")), f"{clip.name} has no ground-truth sidecar"


def test_package_data_covers_every_file_of_the_package() -> None:
    kept = {Path(p).suffix for p in pyproject()["tool"]["setuptools"]["package-data"]["twitchcam"]} | {".py"}
    files = [p for p in (ROOT / "twitchcam").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    missing = [str(p.relative_to(ROOT)) for p in files if p.suffix not in kept and p.name != "py.typed"]
    assert not missing, f"add these to package-data in pyproject.toml: {missing}"
    folders = {p.parent for p in files if p.suffix == ".py"}
    assert all((folder / "__init__.py").exists() for folder in folders), (
        "a folder of modules lacks __init__.py"
    )


def test_version_is_in_the_changelog_and_the_command_exists() -> None:
    assert f"## [{twitchcam.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    module, _, function = pyproject()["project"]["scripts"]["twitchcam"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{page} links to {target}, which does not exist"


def test_the_demo_clip_of_the_makefile_exists() -> None:
    match = re.search(r"^SAMPLE = (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert match
    assert (ROOT / match[1]).exists()
