"""How a language writes numbers and dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
"""Between thousands and before a per cent sign. PDF's own fonts lack the narrow one."""

_NUMBER: Final = re.compile(r"(?P<whole>\d+)(?P<part>\.\d+)?(?P<power>e[+-]?\d+)?(?P<percent>%)?")

_COMPARED: Final = re.compile(r"[<>=] -?\d+\.\d+")
_ISO_DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-\d{2}")


class Date(Protocol):
    """A `datetime.date`, which the words layer does not import."""

    @property
    def year(self) -> int: ...
    @property
    def month(self) -> int: ...
    @property
    def day(self) -> int: ...


class Moment(Date, Protocol):
    """A `datetime.datetime`."""

    @property
    def hour(self) -> int: ...
    @property
    def minute(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Style:
    """A language's own way with numbers and dates."""

    decimal: str
    thousands: str
    percent: str
    """What stands behind a number's digits for per cent."""
    months: tuple[str, ...]
    date: str
    """With {day}, {month} (its name) and {year}."""
    clock: str
    """With {hour} and {minute}, two digits each."""
    plural: Callable[[float], int]
    """Which of the words behind bars goes with a number."""

    def write_number(self, told: str) -> str:
        """Return a number as Python tells it ('12345.6', '80%') in this language's way."""
        return _NUMBER.sub(self._rewrite, told)

    def write_date(self, day: Date) -> str:
        """Return the date in words: 21. November 2026."""
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def write_text(self, text: str) -> str:
        """Return a date told as 2026-11-03 in words, '< 0.001' as a number, every other text as it is."""
        if _COMPARED.fullmatch(text):
            return self.write_number(text)
        if not _ISO_DATE.fullmatch(text):
            return text
        year, month, day = (int(part) for part in text.split("-"))
        return self.date.format(day=day, month=self.months[month - 1], year=year)

    def write_moment(self, moment: Moment) -> str:
        """Return date and time of day."""
        clock = self.clock.format(hour=f"{moment.hour:02d}", minute=f"{moment.minute:02d}")
        return f"{self.write_date(moment)}, {clock}"

    def _rewrite(self, number: re.Match[str]) -> str:
        whole = number["whole"]
        if len(whole) > 4:
            whole = f"{int(whole):,}".replace(",", self.thousands)
        part = (number["part"] or "").replace(".", self.decimal)
        percent = self.percent if number["percent"] else ""
        return f"{whole}{part}{number['power'] or ''}{percent}"


def one_or_more(number: float) -> int:
    """Return 0 for exactly one, 1 for everything else, as English and German do."""
    return int(number != 1)


ENGLISH: Final = Style(
    decimal=".", thousands=",", percent="%", date="{day} {month} {year}", clock="{hour}:{minute}",
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December"),
    plural=one_or_more,
)  # fmt: skip
GERMAN: Final = Style(
    decimal=",", thousands=NO_BREAK, percent=f"{NO_BREAK}%", date="{day}. {month} {year}",
    clock="{hour}:{minute} Uhr",
    months=("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
            "November", "Dezember"),
    plural=one_or_more,
)  # fmt: skip
