"""Figures for papers and slides: SVG or PNG by matplotlib, drawn without its global state.

Colours are those of Okabe and Ito, which colour-blind readers tell apart; left and right also differ in their
marks. Left and right are the subject's own.
"""

from twitchcam.edges.figures.drawing import FIGURES, draw_figure, write_figure

__all__ = ["FIGURES", "draw_figure", "write_figure"]
