"""The report: one HTML file that a person can read, offline, on a phone or on paper.

The page needs nothing from outside: styles, script and data are inline, and its content security policy
forbids any request and any script but its own. Curves are SVG drawn here, so that it reads without JavaScript
too (mail previews, printing); the script adds zoom and read-outs.
"""

from twitchcam.edges.report.page import render_report, write_report
from twitchcam.edges.report.pictures import EventPicture

__all__ = ["EventPicture", "render_report", "write_report"]
