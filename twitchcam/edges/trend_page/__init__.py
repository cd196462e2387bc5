"""The course over time as plots: one HTML or SVG file."""

from twitchcam.edges.trend_page.page import write_trend_page

__all__ = ["write_trend_page"]
