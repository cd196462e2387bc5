"""The small language in which the rules' conditions are written: plain TOML tables, no code.

A condition is a table; all its entries must hold:

    fact = true | "text" | 3            the fact is known and equals it
    fact = { above = 14 }               numbers: above, below, at_least, up_to (several may be joined)
    fact = { one_of = ["a", "b"] }      the fact is known and is one of them
    fact = { includes_any = ["a"] }     lists: at least one of them is in it
    fact = { known = true }             an answer was given (known = false: none was)
    fact = { unless = TEST }            holds unless TEST is known to hold; so an unknown fact passes
    any = [ CONDITION, ... ]            at least one holds
    all = [ CONDITION, ... ]            every one holds

A fact that is None is unknown: every test on it fails, except `known = false` and `unless`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Facts = Mapping[str, Any]
Condition = Mapping[str, Any]

_TESTS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "above": lambda fact, limit: bool(fact > limit),
    "below": lambda fact, limit: bool(fact < limit),
    "at_least": lambda fact, limit: bool(fact >= limit),
    "up_to": lambda fact, limit: bool(fact <= limit),
    "one_of": lambda fact, options: fact in options,
    "includes_any": lambda fact, wanted: any(item in fact for item in wanted),
}


def holds(condition: Condition, facts: Facts) -> bool:
    """Return whether `condition` is known to hold.

    Raises
    ------
    KeyError
        If the condition names a fact that `facts` does not list, or a test that does not exist.
    """
    return all(_entry_holds(name, wanted, facts) for name, wanted in condition.items())


def facts_used(condition: Condition) -> tuple[str, ...]:
    """Return the names of the facts that `condition` looks at, each once, in order."""
    names: list[str] = []
    for name, wanted in condition.items():
        if name in ("any", "all"):
            names += [fact for part in wanted for fact in facts_used(part)]
        else:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _entry_holds(name: str, wanted: Any, facts: Facts) -> bool:
    if name == "any":
        return any(holds(part, facts) for part in wanted)
    if name == "all":
        return all(holds(part, facts) for part in wanted)
    return _passes(facts[name], wanted)


def _passes(fact: Any, wanted: Any) -> bool:
    if not isinstance(wanted, Mapping):
        # in Python True == 1, which no rule means
        return isinstance(fact, bool) == isinstance(wanted, bool) and bool(fact == wanted)
    for test, argument in wanted.items():
        if test == "unless":
            if _passes(fact, argument):
                return False
        elif test == "known":
            if (fact is not None) != argument:
                return False
        elif fact is None or not _TESTS[test](fact, argument):
            return False
    return True
