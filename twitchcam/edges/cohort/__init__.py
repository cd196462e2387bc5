"""The cohort page: one offline HTML file on many clips, by distributions; 10,000 of them stay quick."""

from twitchcam.edges.cohort.content import ClipLine, Cohort, Group, PatternCount
from twitchcam.edges.cohort.page import render_cohort, write_cohort

__all__ = ["ClipLine", "Cohort", "Group", "PatternCount", "render_cohort", "write_cohort"]
