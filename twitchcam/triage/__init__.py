"""From measurement and answers to patterns and advice, by open, cited rules.

`twitchcam.triage(answers, summary=...)`, the function of the Python API, has this package's name: calling the
package calls it.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Triage(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        """Apply the rules to answers; see `twitchcam.api.triage`."""
        return import_module("twitchcam.api").triage(*args, **options)


sys.modules[__name__].__class__ = _Triage
