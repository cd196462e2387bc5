"""The course over several recordings: what lasts, what grows, what spreads, what changed. Pure functions."""
