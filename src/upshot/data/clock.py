"""Times in transcripts as seconds: "1:02:03.5", "02:03", "10:32 pm", 12.5, "12.5s"."""

from __future__ import annotations

import re
from typing import Final

TIME: Final = r"(?:[0-9]{1,4}:)?[0-9]{1,2}:[0-9]{2}(?:[.,][0-9]{1,6})?(?![0-9]|[:.,][0-9])"
LONGEST_S: Final = 864_000  # ten days: more is a date, or milliseconds, and no time from a beginning

_TIME: Final = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,6}))?")
_NUMBER: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s?")


def seconds_of(text: str) -> float | None:
    """Seconds of hours, minutes and seconds (or minutes and seconds); None where it is no time.

    >>> seconds_of("01:02:03,5"), seconds_of("2:03"), seconds_of("0:61")
    (3723.5, 123.0, None)
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds, fraction = found.groups()
    if int(seconds) > 59 or (hours and int(minutes) > 59):
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int((fraction or "0").ljust(3, "0")[:3]) / 1000


def clock_seconds(text: str, half: str = "") -> float | None:
    """Seconds since midnight of a time of day, with hours first; `half` is "a", "p" or empty.

    >>> clock_seconds("10:32", "p"), clock_seconds("12:05:09", "a")
    (81120.0, 309.0)
    """
    found = seconds_of(text if text.count(":") == 2 else re.sub(r"([.,].*)?$", ":00", text, count=1))
    if found is None or found >= 86_400:
        return None
    if half:
        found = found % 43_200 + (43_200 if half.casefold() == "p" else 0)
    return found


def seconds_from(value: object) -> float | None:
    """Seconds of a value in a JSON turn: a number, a text with one, or a time; None where it is none of these.

    >>> seconds_from(12), seconds_from("12.5s"), seconds_from("00:01:02"), seconds_from("yesterday")
    (12.0, 12.5, 62.0, None)
    """
    if isinstance(value, str):
        number = _NUMBER.fullmatch(value.strip())
        return seconds_from(float(number.group(1))) if number else seconds_of(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= LONGEST_S else None  # a NaN is not
