"""Exports: what a recording showed, in the formats that laboratories and clinics read.

Each module writes one format from the carriers; `twitchcam.exporting` chooses.
"""
