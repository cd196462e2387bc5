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

from collections.abc import Callable, Iterator, Mapping
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
_IN_WORDS: Final = {
    "above": "is above {}", "below": "is below {}", "at_least": "is at least {}", "up_to": "is at most {}",
    "one_of": "is {}", "includes_any": "includes {}",
}  # fmt: skip


def holds(condition: Condition, facts: Facts) -> bool:
    """Return whether `condition` is known to hold.

    Raises
    ------
    KeyError
        If the condition names a fact that `facts` does not list, or a test that does not exist.
    """
    return all(_entry_holds(name, wanted, facts) for name, wanted in condition.items())


def lacking(condition: Condition, facts: Facts) -> tuple[str, ...] | None:
    """Return the unknown facts that the condition still waits for; None when a known fact rules it out.

    Empty when it holds. Of an `any` the part that lacks least counts.
    """
    found: list[str] = []
    for name, wanted in condition.items():
        parts = [lacking(part, facts) for part in wanted] if name in ("any", "all") else []
        if _entry_holds(name, wanted, facts):
            continue
        if name == "any":
            open_parts = [part for part in parts if part is not None]
            if not open_parts:
                return None
            least = min(open_parts, key=len)
            found += least
        elif name == "all":
            if any(part is None for part in parts):
                return None
            found += [fact for part in parts for fact in part or ()]
        elif facts[name] is None:
            found.append(name)
        else:
            return None
    return tuple(dict.fromkeys(found))


def facts_used(condition: Condition) -> tuple[str, ...]:
    """Return the names of the facts that `condition` looks at, each once, in order."""
    return tuple(dict.fromkeys(name for name, _ in parts_of(condition)))


def parts_of(condition: Condition) -> Iterator[tuple[str, Any]]:
    """Yield every (fact, test) of the condition, those inside `any` and `all` too."""
    for name, wanted in condition.items():
        if name in ("any", "all"):
            for part in wanted:
                yield from parts_of(part)
        else:
            yield name, wanted


def in_words(condition: Condition) -> str:
    """Return the condition as a sentence part, facts by their names in backquotes."""
    parts = []
    for name, wanted in condition.items():
        if name in ("any", "all"):
            told = [in_words(part) for part in wanted]
            parts.append("(" + (" or " if name == "any" else " and ").join(told) + ")")
        else:
            parts.append(_test_in_words(name, wanted))
    return " and ".join(parts) if parts else "always"


def _test_in_words(name: str, wanted: Any) -> str:
    if not isinstance(wanted, Mapping):
        return f"`{name}` is {_value_in_words(wanted)}"
    told = []
    for test, argument in wanted.items():
        if test == "unless":
            inner = _test_in_words(name, argument).removeprefix(f"`{name}` ").removeprefix("is ")
            told.append(f"`{name}` is unknown or not {inner}")
        elif test == "known":
            told.append(f"`{name}` is {'known' if argument else 'not known'}")
        else:
            told.append(f"`{name}` " + _IN_WORDS[test].format(_value_in_words(argument)))
    return " and ".join(told)


def _value_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " or ".join(str(item) for item in value)
    return str(value)


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
