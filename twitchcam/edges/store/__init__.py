"""The store: earlier recordings of one or more persons in one SQLite file. Never a picture.

The file is made readable by its owner only; every change is one transaction, so a kill or a full disk leaves
what was there before.
"""

from twitchcam.edges.store.connection import check_integrity
from twitchcam.edges.store.entries import Entry, Kept, Mark, Note, Person
from twitchcam.edges.store.place import FILE, data_folder
from twitchcam.edges.store.salvage import Salvaged, repair
from twitchcam.edges.store.store import Store, open_store

__all__ = [
    "FILE",
    "Entry",
    "Kept",
    "Mark",
    "Note",
    "Person",
    "Salvaged",
    "Store",
    "check_integrity",
    "data_folder",
    "open_store",
    "repair",
]
