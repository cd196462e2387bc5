"""Speech: the one way by which sentences, numbers and dates reach the page.

Every sentence of the page is an English text that goes through `t`, every number through `decimal`, every
date through `day`: so one place decides on the language, the decimal mark and the order of a date.
"""

from __future__ import annotations

import math
from datetime import date

from markupsafe import Markup, escape

DECIMAL_MARK = "."


def t(text: object, /, **values: object) -> str:
    """Return an English text with its `{name}` places filled."""
    return str(text).format(**values) if values else str(text)


def tn(n: int, one: str, many: str, /, **values: object) -> str:
    """Return the text for one or for many, `{n}` and the other places filled."""
    return t(one if n == 1 else many, n=n, **values)


def marked(text: object, /, **values: object) -> Markup:
    """Return `t` for a template: everything is escaped, except values that are markup already."""
    plain = Markup(escape(t(text)))
    return plain.format(**values) if values else plain


def decimal(value: float, digits: int, *, signed: bool = False) -> str:
    """Format a finite number with a true minus sign and the language's decimal mark."""
    text = f"{value:{'+' if signed else ''}.{digits}f}"
    if float(text) == 0.0:
        text = text.replace("-", "+" if signed else "")
    return text.replace("-", "\N{MINUS SIGN}").replace(".", DECIMAL_MARK)


def general(value: float, digits: int = 6) -> str:
    """Format a finite number with as many digits as it needs, at most `digits` significant ones."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}").replace(".", DECIMAL_MARK)


def day(when: date) -> str:
    """Format a date."""
    return when.isoformat()


def finite(value: float | None) -> bool:
    """Tell whether a number can be shown."""
    return value is not None and math.isfinite(value)
