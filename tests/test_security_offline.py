"""The whole job watched from outside: no connection, no picture unless asked for, nothing left behind."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import offline_job
import pytest

from twitchcam.doctor.uploader import WORDS, find_package, find_uploader, native_files

PATIENCE_S = 600.0
FORBIDDING = '''
"""Laid into every Python of the job: no socket but those between the processes of this computer."""
import _socket, os, socket
log = {log!r}
def note(what):
    with open(log, "a") as file:
        file.write(what + "\\n")
    raise RuntimeError("forbidden here: " + what)
truly = socket.socket.__init__
def made(self, family=-1, *rest, **more):
    if family not in (getattr(socket, "AF_UNIX", None),) and more.get("fileno") is None and not rest[2:]:
        note(f"socket of family {{family}}")
    truly(self, family, *rest, **more)
socket.socket.__init__ = made
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "create_connection"):
    setattr(socket, name, lambda *a, _n=name, **k: note(f"{{_n}} {{a}}"))
with open({seen!r}, "a") as file:
    file.write(f"{{os.getpid()}}\\n")
'''
STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=socket,connect,sendto,sendmsg", "-o"]
OUTWARD = re.compile(r"AF_INET6?|AF_NETLINK.*DNS|htons\(|inet_addr|inet_pton")


@dataclass
class Watched:
    """The finished job: where everything lies, and what was seen."""

    root: Path
    clip: Path
    told: str
    forbidden: str
    processes: int
    system_calls: str | None
    """None where the system's calls could not be watched."""

    @property
    def files(self) -> list[Path]:
        watching = ("watch", "clip")
        return [
            p
            for p in self.root.rglob("*")
            if p.is_file() and p.relative_to(self.root).parts[0] not in watching
        ]


@pytest.fixture(scope="module")
def job(short_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """The whole job, in a home and with a folder for temporary files of its own."""
    root = tmp_path_factory.mktemp("job")
    for name in ("home", "tmp", "out", "watch", "clip"):
        (root / name).mkdir()
    clip = root / "clip" / "short.mp4"
    shutil.copyfile(short_clip, clip)
    log, seen, calls = (root / "watch" / name for name in ("forbidden", "seen", "calls"))
    hook = FORBIDDING.format(log=str(log), seen=str(seen))
    (root / "watch" / "sitecustomize.py").write_text(hook, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "TWITCHCAM_"))} | {
        "HOME": str(root / "home"), "TMPDIR": str(root / "tmp"), "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(root / "watch"), "TWITCHCAM_DATA_DIR": str(root / "data"),
        "MPLCONFIGDIR": str(root / "home" / "matplotlib"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    script = [sys.executable, offline_job.__file__, str(clip), str(root / "out")]
    watching = [*STRACE, str(calls)] if can_watch(calls) else []
    done = subprocess.run(
        [*watching, *script], env=environment, cwd=root / "home", capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    return Watched(
        root, clip, done.stdout + done.stderr,
        log.read_text(encoding="utf-8") if log.exists() else "",
        len(set(seen.read_text(encoding="utf-8").split())),
        calls.read_text(encoding="utf-8", errors="replace") if watching else None,
    )  # fmt: skip


def can_watch(calls: Path) -> bool:
    """Tell whether strace is here and may look at a process (a container may forbid it)."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(
        [*STRACE, str(calls), sys.executable, "-c", ASKING],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    seen = calls.read_text(encoding="utf-8", errors="replace") if calls.exists() else ""
    return tried.returncode == 0 and bool(OUTWARD.search(seen))


ASKING = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', 9))"


def test_no_python_opened_a_socket(job: Watched) -> None:
    assert "all done" in job.told
    assert job.forbidden == ""
    assert job.processes >= 2  # the worker of the batch was watched too


def test_the_watch_would_have_seen_one(job: Watched) -> None:
    environment = {**os.environ, "PYTHONPATH": str(job.root / "watch")}
    for asking in (ASKING, "import urllib.request as u; u.urlopen('http://192.0.2.1')"):
        done = subprocess.run(
            [sys.executable, "-c", asking], env=environment, capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert "forbidden here" in done.stderr


def test_no_native_code_asked_the_system_for_a_connection(job: Watched) -> None:
    """Names are looked up and connections are made by native code too: the system's own calls are read."""
    if job.system_calls is None:
        pytest.skip("strace is not here or may not watch a process")
    outward = [line for line in job.system_calls.splitlines() if OUTWARD.search(line)]
    assert outward == []


class TestMediapipe:
    def test_no_native_library_carries_the_uploader(self) -> None:
        folder = find_package("mediapipe")
        assert folder is not None
        assert native_files(folder)
        assert find_uploader(folder) == []

    def test_nor_does_a_python_module_of_it(self) -> None:
        folder = find_package("mediapipe")
        assert folder is not None
        asks = re.compile(
            rb"^\s*(?:import|from)\s+(?:urllib|requests|http|socket|ftplib|aiohttp|httpx)\b", re.M
        )
        for path in folder.rglob("*.py"):
            text = path.read_bytes()
            assert not any(word in text for word in WORDS), path
            if asks.search(text):  # fetches models of other tasks when asked for; never imported here
                assert path.name == "download_utils.py", path

    def test_an_uploader_would_be_found(self, tmp_path: Path) -> None:
        for word in WORDS:
            (tmp_path / "libmediapipe.so").write_bytes(b"\x7fELF" + b"\0" * 5000 + word + b"\0" * 99)
            assert find_uploader(tmp_path) != []


# --- Pictures ---

SIGNATURES = {
    "JPEG": re.compile(rb"\xff\xd8\xff[\xdb\xe0\xe1\xee\xc0]"), "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WebP or AVI": re.compile(rb"RIFF....(?:WEBP|AVI )", re.S), "GIF": re.compile(rb"GIF8[79]a"),
    "MP4 or MOV": re.compile(rb"\x00\x00..ftyp|\x00\x00..mdat|moov....mvhd", re.S),
    "Matroska": re.compile(rb"\x1a\x45\xdf\xa3....?\x42\x86", re.S),
    "data address": re.compile(rb"data:(?:image|video)/[\w+.-]+;base64,[A-Za-z0-9+/]{40}"),
    "coded JPEG": re.compile(rb"/9j/[2469A-Za-z]{3}[A-Za-z0-9+/]{60}"),
    "coded PNG": re.compile(rb"iVBORw0KGgo[A-Za-z0-9+/]{40}"),
    "coded WebP": re.compile(rb"UklGR[\w+/]{3,5}AAFdFQl"),
    "picture in a PDF": re.compile(rb"/DCTDecode|/JPXDecode|/CCITTFaxDecode"),
}  # fmt: skip


def pictures_in(content: bytes) -> set[str]:
    """Return the kinds of pictures or films that the bytes hold."""
    return {name for name, sign in SIGNATURES.items() if sign.search(content)}


def test_the_search_finds_pictures(job: Watched, tmp_path: Path) -> None:
    import cv2

    noise = np.random.default_rng(1).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    for ending, name in ((".jpg", "JPEG"), (".png", "PNG"), (".webp", "WebP or AVI")):
        coded = cv2.imencode(ending, noise)[1].tobytes()
        assert name in pictures_in(b"x" * 100 + coded)
        kind = ending[1:].replace("jpg", "jpeg")
        inside = f"data:image/{kind};base64,".encode() + base64.b64encode(coded)
        assert "data address" in pictures_in(inside)
        if ending != ".webp":
            assert any(found.startswith("coded") for found in pictures_in(base64.b64encode(coded)))
    assert "MP4 or MOV" in pictures_in(job.clip.read_bytes())


def test_no_picture_and_no_film_is_stored_that_nobody_asked_for(job: Watched) -> None:
    found = {}
    assert len(job.files) > 40
    for path in job.files:
        here = pictures_in(path.read_bytes())
        if path.suffix == ".svg":  # a drawn spectrogram is a small PNG within its figure
            here -= {"data address", "coded PNG"}
        if here:
            found[str(path.relative_to(job.root))] = here
    assert found == {}


def test_a_recording_has_no_room_for_a_picture(job: Watched) -> None:
    """Of each frame there are some hundred numbers; the smallest picture of a face has thousands."""
    for path in job.root.rglob("recording.npz"):
        with zipfile.ZipFile(path) as archive, np.load(path, allow_pickle=False) as arrays:
            assert {info.compress_type for info in archive.infolist()} <= {
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            }
            frames = arrays["t_s"].size
            assert sum(arrays[name].size for name in arrays.files) < 400 * frames + 20_000


# --- What is left ---


def test_what_is_written_can_be_read_by_its_owner_only(job: Watched) -> None:
    if os.name != "posix":
        pytest.skip("these permissions are those of POSIX systems")
    kept = [p for p in job.files if "home" not in p.relative_to(job.root).parts and p.name != "answers.toml"]
    assert [str(p) for p in kept if p.stat().st_mode & 0o077] == []
    made = [p for p in (job.root / "out").rglob("*") if p.is_dir()]
    assert [str(p) for p in made if p.stat().st_mode & 0o077] == []


def test_nothing_is_left_in_the_folder_for_temporary_files(job: Watched) -> None:
    assert list((job.root / "tmp").rglob("*")) == []
    assert [p for p in job.files if p.name.endswith(".part")] == []


def test_in_the_home_folder_there_is_nothing_about_the_person(job: Watched) -> None:
    for path in (job.root / "home").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert offline_job.PERSON.encode() not in content, path
            assert b"short.mp4" not in content, path


def test_deleting_leaves_no_trace_of_the_person(job: Watched) -> None:
    exported = (job.root / "out" / "history.json").read_bytes()
    for word in (offline_job.PERSON, offline_job.NOTE, "short.mp4"):
        assert word.encode() in exported  # it was there
        for path in (job.root / "data").rglob("*"):
            assert not path.is_file() or word.encode() not in path.read_bytes(), (path, word)


KEPT = """
import os, signal, sys
import numpy as np
from twitchcam.edges.camera.picture import from_bgr
from twitchcam.edges.overlay.kept_video import KeptVideo
from twitchcam.types import Frame
video = KeptVideo((64, 48))
picture = from_bgr(np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8))
for k in range(50):
    video.add(Frame(k, k / 30, picture), k / 30)
assert video.frames == 50, video.frames
print(len(os.listdir(os.environ["TMPDIR"])), flush=True)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "fail":
    raise RuntimeError
"""


@pytest.mark.skipif(os.name != "posix", reason="a file without a name is POSIX's")
@pytest.mark.parametrize("end", ["fail", "kill"])
def test_a_film_that_is_not_saved_leaves_no_file_however_it_ends(end: str, tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", KEPT, end], env=environment, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.stdout == "0\n", done.stderr  # it has no name while it grows either
    assert done.returncode == {"fail": 1, "kill": -9}[end]
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_addresses_is_no_video_and_is_not_followed(tmp_path: Path, job: Watched) -> None:
    """A play list named .mp4 could make a decoder ask other computers, and send them other files."""
    refused = tmp_path
    (refused / "tmp").mkdir()
    environment = {
        **os.environ, "TMPDIR": str(refused / "tmp"), "PYTHONPATH": str(job.root / "watch"),
        "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    lists = {
        "text.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://192.0.2.1/face.ts\n#EXT-X-ENDLIST\n",
        "concat.mp4": "ffconcat version 1.0\nfile http://192.0.2.1/face.mp4\n",
        "dash.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
        "<BaseURL>http://192.0.2.1/</BaseURL></Period></MPD>",
        "sdp.mp4": "v=0\no=- 0 0 IN IP4 192.0.2.1\ns=x\nc=IN IP4 192.0.2.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    }
    for name, text in lists.items():
        (refused / name).write_text(text, encoding="utf-8")
    calls = refused / "calls"
    watching = [*STRACE, str(calls)] if can_watch(calls) else []
    command = [sys.executable, "-m", "twitchcam", "analyze", *sorted(lists), "--out", "out"]
    done = subprocess.run(
        [*watching, *command], env=environment, cwd=refused, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == len(lists), done.stderr
    assert list((refused / "tmp").iterdir()) == []
    if watching:
        told = calls.read_text(encoding="utf-8", errors="replace").splitlines()
        assert [line for line in told if OUTWARD.search(line)] == []
