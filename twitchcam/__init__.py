"""twitchcam watches a face in a video and measures how the lips twitch.

    import twitchcam as tc

    s = tc.analyze("clip.mp4")
    print(s.lips.rate_per_min)

The names of the API (`docs/api.md`) are loaded when they are first used, so that importing this package costs
nothing. Their types stand in `__init__.pyi`.
"""

from importlib import import_module as _import

__version__ = "0.1.0"
_HOMES = {
    "Analysis": "api", "Events": "api", "Region": "api", "Signals": "api",
    "analyze": "api", "load": "api", "triage": "api",
    "Answers": "triage.answers", "Event": "summary", "InputRefused": "errors",
    "Review": "review", "Decision": "review", "Segment": "protocol",
}  # fmt: skip
"""Each name of the API and the module that has it."""
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'twitchcam' has no attribute {name!r}")
    found = getattr(_import(f"twitchcam.{_HOMES[name]}"), name)
    if name != "triage":  # the package of that name stands here, and can be called
        globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES} - {"_import", "_HOMES"})
