"""Drawing: which figures there are, how each is laid out, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twitchcam.edges.figures.style import FAINT, INK, SMALL, TITLE, WIDE_IN
from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.summary import Measured, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI: Final = 200
FIGURES: Final = ("overview", "traces", "spectrum", "events", "asymmetry", "face")


def draw_figure(summary: Summary, kind: str = "overview") -> Figure:
    """Return one of `FIGURES`, of a printed page's width, on a canvas that needs no display.

    Raises
    ------
    InputRefused
        If there is no such figure.
    """
    if kind not in _LAYOUTS:
        raise InputRefused(f"no figure is called {kind!r}; choose from {', '.join(FIGURES)}")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, draw = _LAYOUTS[kind]
    figure = Figure(figsize=(WIDE_IN, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    draw(figure, summary.measured)
    return figure


def write_figure(path: Path, summary: Summary, kind: str = "overview") -> None:
    """Draw one figure and write it; the ending of `path` says how: .svg, .png or .pdf.

    Raises
    ------
    InputRefused
        If there is no such figure, or the file cannot be written.
    """
    import matplotlib

    figure = draw_figure(summary, kind)
    ending = path.suffix.lstrip(".").lower() or "svg"
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending, {})
    # Names inside an SVG are made from this, not from chance: the same figure gives the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "twitchcam"}), replacing(path) as handle:
        figure.savefig(handle, format=ending, dpi=DPI, metadata={**dated, "Title": f"twitchcam: {kind}"})


def _overview(figure: Figure, measured: Measured) -> None:
    from twitchcam.edges.figures.asymmetry import draw_index
    from twitchcam.edges.figures.face import draw_face
    from twitchcam.edges.figures.raster import draw_raster
    from twitchcam.edges.figures.spectrum import draw_spectrum
    from twitchcam.edges.figures.traces import draw_traces

    axes = figure.subplot_mosaic(
        [["left", "left"], ["right", "right"], ["raster", "raster"], ["face", "spectrum"], ["face", "index"]],
        height_ratios=[1.1, 1.1, 1.6, 1.9, 0.8],
        width_ratios=[1.0, 1.2],
    )
    draw_traces(axes["left"], axes["right"], measured)
    draw_raster(axes["raster"], measured)
    draw_face(axes["face"], measured)
    draw_spectrum(axes["spectrum"], measured)
    draw_index(axes["index"], measured)
    figure.suptitle(_headline(measured), fontsize=TITLE + 1, color=INK, x=0.01, ha="left")
    figure.supxlabel(_foot(measured), fontsize=SMALL - 0.5, color=FAINT, x=0.01, ha="left")


def _headline(measured: Measured) -> str:
    lips = measured.lips
    if lips.rate_per_min is None:
        return "Lips: not assessable" if lips.events is None else f"Lips: {lips.events} twitches"
    words = [f"Lips: {lips.events} twitch{'es' * (lips.events != 1)}, {lips.rate_per_min:.1f} per minute"]
    if lips.amplitude_mm.median is not None:
        words.append(f"median {lips.amplitude_mm.median:.2f} mm")
    if lips.dominant_hz is not None and lips.rhythmic:
        words.append(f"rhythm {lips.dominant_hz:.1f} Hz")
    if lips.side in ("left", "right", "bilateral"):
        words.append({"bilateral": "both sides"}.get(lips.side, f"{lips.side} side"))
    return ", ".join(words)


def _foot(measured: Measured) -> str:
    scale = measured.quality.scale
    known = (
        ""
        if scale.rel_sd is None
        else f", millimetres \u00b1{100 * scale.rel_sd:.0f} % ({scale.source.replace('_', ' ')})"
    )
    return (
        f"{measured.quality.usable_s:.0f} s usable{known}. Left and right are the person's own. "
        "An observation aid, not a diagnosis."
    )


def _traces(figure: Figure, measured: Measured) -> None:
    from twitchcam.edges.figures.traces import draw_traces

    left, right = figure.subplots(2, 1, sharex=True)
    draw_traces(left, right, measured)


def _spectrum(figure: Figure, measured: Measured) -> None:
    from twitchcam.edges.figures.spectrum import draw_spectrum

    draw_spectrum(figure.subplots(), measured)


def _events(figure: Figure, measured: Measured) -> None:
    from twitchcam.edges.figures.raster import draw_raster

    draw_raster(figure.subplots(), measured)


def _asymmetry(figure: Figure, measured: Measured) -> None:
    from twitchcam.edges.figures.asymmetry import draw_index, draw_pairs

    index, pairs = figure.subplots(2, 1, height_ratios=[1.0, 2.2])
    draw_index(index, measured)
    draw_pairs(pairs, measured)


def _face(figure: Figure, measured: Measured) -> None:
    from twitchcam.edges.figures.face import draw_face

    draw_face(figure.subplots(), measured)


_LAYOUTS: Final[dict[str, tuple[float, Callable[[Figure, Measured], None]]]] = {
    "overview": (9.0, _overview),
    "traces": (3.4, _traces),
    "spectrum": (3.0, _spectrum),
    "events": (3.4, _events),
    "asymmetry": (4.2, _asymmetry),
    "face": (4.6, _face),
}
