"""Names: what the page calls levels, statuses, gates, patterns, tasks and sides."""

from __future__ import annotations

LEVELS: dict[str, tuple[str, str]] = {
    "emergency": ("Emergency: call the emergency number now", "!!"),
    "urgent": ("Urgent: be seen by a doctor today", "!"),
    "see_doctor": ("Worth showing to a doctor", "→"),
    "self_care": ("Self-care, and look again if it lasts", "✓"),
    "no_finding": ("Nothing found in this recording", "–"),
    "unable": ("This recording cannot answer", "?"),
}
STATUSES: dict[str, tuple[str, str]] = {
    "flagged": ("looks like it", "●"),
    "possible": ("possible", "◐"),
    "not_seen": ("not seen", "○"),
    "not_assessable": ("cannot tell", "?"),
}
STATUS_ORDER = ("flagged", "possible", "not_seen", "not_assessable")
VERDICTS: dict[str, str] = {
    "ok": "Good enough to answer",
    "limited": "Answers in part",
    "unusable": "Not usable",
}
GATE_NAMES: dict[str, str] = {
    "speech": "speaking",
    "smile": "smiling",
    "chew": "chewing",
    "blink": "blinking",
    "head_motion": "head moving",
    "occluded": "something in front of the face",
    "lost_face": "face not seen",
    "blur": "blurred",
    "dark": "too dark",
}
FILMING_TIPS: dict[str, str] = {
    "speech": "Do not speak while filming; let the lips rest.",
    "smile": "Keep a neutral face while filming.",
    "chew": "Do not eat or chew while filming.",
    "blink": "Look at the camera and let the eyes blink as they like.",
    "head_motion": "Lean the head against something and put the camera on a table.",
    "occluded": "Keep hands, cups and masks away from the face.",
    "lost_face": "Keep the whole face in the picture, looking at the camera.",
    "blur": "Hold the camera still, wipe the lens and let it focus on the face.",
    "dark": "Face a window or a lamp.",
}
USUAL_TIP = (
    "Film again for at least 60 s: whole face in the picture, light from the front, camera on something "
    "steady, mouth relaxed and silent."
)
PATTERN_NAMES: dict[str, str] = {
    "hfs_like": "Like hemifacial spasm",
    "benign_twitch": "Like harmless twitching",
    "facial_myokymia_like": "Like facial myokymia (rippling)",
    "rest_tremor_like": "Like a tremor at rest",
    "rabbit_like": "Like rabbit syndrome",
    "action_tremor_like": "Like a tremor in action",
    "dyskinesia_like": "Like dyskinesia",
    "blepharospasm_like": "Like blepharospasm",
    "meige_like": "Like Meige syndrome",
    "tic_like": "Like a tic",
    "synkinesis_like": "Like synkinesis (mouth moving with the blink)",
    "facial_weakness_like": "Like facial weakness",
    "clonic_run_like": "Like a run of even jerks (clonic run)",
    "myorhythmia_like": "Like myorhythmia",
    "functional_like": "Like a functional movement",
}
TASK_NAMES: dict[str, str] = {
    "rest": "rest",
    "eyes_gentle": "eyes gently closed",
    "eyes_firm": "eyes firmly closed",
    "brow_raise": "brow raise",
    "smile": "smile",
    "pucker": "pucker",
    "snarl": "snarl",
    "sentence": "sentence",
}
TASK_FEATURES: dict[str, str] = {
    "eyes_gentle": "the eyes closed",
    "eyes_firm": "the eyes closed",
    "brow_raise": "the brows moved",
    "smile": "the mouth corners moved",
    "pucker": "the mouth corners moved",
    "snarl": "the mouth corners moved",
}
"""What the bars of a task show."""
TRIAL_NAMES: dict[str, str] = {
    "twitch": "twitch",
    "tonic": "long pull",
    "blink": "blink",
    "voluntary": "voluntary",
}
GROUP_NAMES: dict[str, str] = {"Lips": "Lips", "Eyelids": "Eyelids", "Brows": "Brows"}
"""Groups of traces."""
REGION_NAMES: dict[str, str] = {
    "upper_lip": "upper lip",
    "lower_lip": "lower lip",
    "commissure": "mouth corner",
    "cheek": "cheek",
    "lower_eyelid": "lower eyelid",
    "upper_eyelid": "upper eyelid",
    "brow": "brow",
    "chin": "chin",
}
"""Regions without their side."""
SIDE_NAMES: dict[str, str] = {"left": "left", "right": "right", "mid": "middle"}
SCALE_ORIGINS: dict[str, str] = {
    "iris": "from the iris",
    "eye_distance": "from the eye distance",
    "iris+eye_distance": "from the iris and the eye distance",
    "user_pd": "from the pupillary distance given",
}
SIDE_WORDS: dict[str, str] = {"left": "left", "right": "right", "bilateral": "both", "none": "none"}
"""The side of the lips' events."""
DIRECTIONS: dict[tuple[str, str], str] = {
    ("up", ""): "up",
    ("down", ""): "down",
    ("", "out"): "out",
    ("", "in"): "in",
    ("", "left"): "left",
    ("", "right"): "right",
    ("up", "out"): "up and out",
    ("up", "in"): "up and in",
    ("up", "left"): "up and left",
    ("up", "right"): "up and right",
    ("down", "out"): "down and out",
    ("down", "in"): "down and in",
    ("down", "left"): "down and left",
    ("down", "right"): "down and right",
}
REVIEW_ACTIONS: dict[str, str] = {
    "keep": "kept",
    "reject": "rejected",
    "relabel": "relabelled",
    "add": "added",
}
MEASURES: dict[str, str] = {"rate": "Twitches a minute", "amplitude": "Size"}
"""What the history follows."""
CHANGES: dict[str, str] = {
    "more": "more",
    "less": "less",
    "no_clear_change": "no clear change",
    "not_assessable": "cannot tell",
}
LIP_SIDES: dict[str | None, str] = {
    "left": "The left side of the lips",
    "right": "The right side of the lips",
    "bilateral": "Both sides of the lips",
}
