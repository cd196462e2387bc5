"""Review: what a person says about the events that were found, and the result recomputed from it.

Automatic events are never changed: a review is a list of decisions beside them, which finds its events again
by time and region after a new analysis. Everything that depends on events is computed from the reviewed ones
by the same functions that the automatic result comes from.
"""

from twitchcam.review.apply import apply_review, review_recording
from twitchcam.review.decisions import ACTIONS, Decision, Review, decision_about, review_of_rows

__all__ = [
    "ACTIONS",
    "Decision",
    "Review",
    "apply_review",
    "decision_about",
    "review_of_rows",
    "review_recording",
]
