"""Exports: from a recording on disk to the files that other programs read."""

from twitchcam.exporting.command import export_files
from twitchcam.exporting.formats import FORMATS, ExportOptions
from twitchcam.exporting.opening import Opened, open_recording
from twitchcam.exporting.writing import write_export

__all__ = ["FORMATS", "ExportOptions", "Opened", "export_files", "open_recording", "write_export"]
