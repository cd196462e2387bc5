"""Style: colours, marks and axes that all figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twitchcam.summary import Event, Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK: Final = "#222222"
FAINT: Final = "#767676"
SHADE: Final = "#DADADA"
SIDES: Final[dict[str, str]] = {
    "left": "#0072B2",
    "right": "#C24E00",
    "mid": "#007A5E",
}
"""Blue, vermillion, bluish green: Okabe and Ito's, a little darker where they are thin lines on white."""
MARKS: Final[dict[str, str]] = {"left": "v", "right": "^", "mid": "D"}
SMALL: Final = 7.0
TEXT: Final = 8.0
TITLE: Final = 9.0
WIDE_IN: Final = 7.2
"""Width of a printed page's text, inches (183 mm)."""
GATE_WORDS: Final[dict[str, str]] = {
    "speech": "speech",
    "smile": "smile",
    "chew": "chewing",
    "blink": "blink",
    "head_motion": "head motion",
    "occluded": "covered",
    "lost_face": "face lost",
    "blur": "blur",
    "dark": "dark",
}


def plain(axes: Axes, title: str, x: str = "", y: str = "") -> None:
    """Give axes their title, labels and quiet frame."""
    axes.set_title(title, loc="left", fontsize=TITLE, color=INK)
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)
    axes.tick_params(labelsize=SMALL, colors=INK, width=0.6, length=3)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_linewidth(0.6)
        spine.set_color(INK)


def say(axes: Axes, title: str, text: str) -> None:
    """Fill axes that have nothing to show with the reason."""
    axes.set_title(title, loc="left", fontsize=TITLE, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(SHADE)
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=TEXT,
        color=FAINT,
        wrap=True,
    )


def why_not(measured: Measured) -> str:
    """Return why there is nothing to draw."""
    reasons = measured.quality.reasons
    return f"Not assessable.\n{_wrapped(str(reasons[0]))}" if reasons else "Not assessable."


def counted(event: Event) -> bool:
    """Tell whether an event is a twitch or pull that counts."""
    return not event.gated and event.trial_type in ("twitch", "tonic")


def region_words(region: str) -> str:
    """Return such as 'mouth corner L'."""
    stem, side = region.rsplit("_", 1)
    words = "mouth corner" if stem == "commissure" else stem.replace("_", " ")
    return f"{words} {side[0].upper()}"


def _wrapped(text: str, width: int = 60) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width)[:4])
