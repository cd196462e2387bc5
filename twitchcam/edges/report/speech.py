"""Speech: the one way by which sentences, numbers and dates reach the page.

Every sentence of the page is an English text that goes through `t`, every number through `decimal`, every
date through `day`: so one place decides on the language, the decimal mark and the order of a date.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from markupsafe import Markup, escape

from twitchcam.languages import Language, language_of
from twitchcam.phrases import formats_of

_SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private characters that keep the place of markup while its sentence is told and escaped."""


@contextmanager
def speaking(code: str) -> Iterator[Language]:
    """Tell everything inside in a language (en, de)."""
    language = language_of(code)
    before = _SPOKEN.set(code)
    try:
        yield language
    finally:
        _SPOKEN.reset(before)


def spoken() -> Language:
    """Return the language that is spoken now."""
    return language_of(_SPOKEN.get())


def t(text: object, /, **values: object) -> str:
    """Return an English text with its `{name}` places filled, in the language that is spoken."""
    return spoken()(text if isinstance(text, str) else str(text), **values)


def tn(n: int, one: str, many: str, /, **values: object) -> str:
    """Return the text for one or for many, `{n}` and the other places filled."""
    text = one if n == 1 else many
    given = {"n": n, **values}
    return t(text, **{name: given[name] for name in formats_of(text)})


def marked(text: object, /, **values: object) -> Markup:
    """Return `t` for a template: everything is escaped, except values that are markup already."""
    markup = {name: value for name, value in values.items() if hasattr(value, "__html__")}
    kept = {name: f"{_OPEN}{name}{_CLOSE}" for name in markup}
    told = str(escape(t(text, **{**values, **kept})))
    for name, value in markup.items():
        told = told.replace(kept[name], str(escape(value)))
    return Markup(told)


def within(text: str) -> str:
    """Return a told text as it goes on within a sentence: English begins it small, German keeps its nouns."""
    return text[:1].lower() + text[1:] if spoken().code == "en" else text


def decimal(value: float, digits: int, *, signed: bool = False) -> str:
    """Format a finite number with a true minus sign and the language's decimal mark."""
    text = f"{value:{'+' if signed else ''}.{digits}f}"
    if float(text) == 0.0:
        text = text.replace("-", "+" if signed else "")
    return text.replace("-", "\N{MINUS SIGN}").replace(".", decimal_mark())


def general(value: float, digits: int = 6) -> str:
    """Format a finite number with as many digits as it needs, at most `digits` significant ones."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}").replace(".", decimal_mark())


def decimal_mark() -> str:
    """Return what parts the whole from its decimals."""
    return spoken().style.decimal


def day(when: date) -> str:
    """Format a date."""
    return spoken().date(when)


def finite(value: float | None) -> bool:
    """Tell whether a number can be shown."""
    return value is not None and math.isfinite(value)
