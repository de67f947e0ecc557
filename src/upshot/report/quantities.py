"""Numbers as people read them: rounded here and nowhere else, each with its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

NOT_MEASURED: Final = "not measured"
ABSENT: Final = "–"
NO_INTERVAL: Final = "(no interval)"


@dataclass(frozen=True, slots=True)
class Measure:
    """How a metric of `comparison.json` is printed: its name for people, its unit, its factor and digits."""

    key: str
    title: str
    unit: str
    scale: float = 100.0
    digits: int = 1

    def number(self, value: float) -> str:
        """The value in the measure's unit.

        >>> QUALITY[0].number(0.4567)
        '45.7'
        """
        return f"{round(self.scale * value, self.digits) + 0.0:.{self.digits}f}"

    def interval(self, ends: Sequence[float] | None) -> str:
        """The interval in the measure's unit, such as '[44.1, 46.9]', or that there is none."""
        if ends is None:
            return NO_INTERVAL
        low, high = ends
        return f"[{self.number(low)}, {self.number(high)}]"


QUALITY: Final = (
    Measure("rouge1", "ROUGE-1", "F1 x 100"),
    Measure("rouge2", "ROUGE-2", "F1 x 100"),
    Measure("rougeL", "ROUGE-L", "F1 x 100"),
    Measure("rougeLsum", "ROUGE-Lsum", "F1 x 100"),
    Measure("chrf", "chrF", "x 100"),
)
FORM: Final = (
    Measure("length_ratio", "length", "x reference", 1.0, 2),
    Measure("novelty", "novelty", "% of pairs", 100.0, 0),
    Measure("repetition", "repeats", "% trigrams", 100.0, 1),
    Measure("hit_cap_share", "cap hits", "% of outputs", 100.0, 1),
)
MEASURES: Final = {measure.key: measure for measure in (*QUALITY, *FORM)}


def short_count(number: int) -> str:
    """A count in at most five signs and a letter.

    >>> [short_count(n) for n in (0, 999, 344_064, 76_961_152)]
    ['0', '999', '344 k', '77.0 M']
    """
    if number < 1_000:
        return str(number)
    if number < 999_500:
        return f"{number / 1_000:.0f} k"
    return f"{number / 1_000_000:.1f} M" if number < 999_500_000 else f"{number / 1_000_000_000:.2f} G"


def share(part: float, whole: float) -> str:
    """A part in per cent of the whole.

    >>> share(1_376_256, 78_337_408)
    '1.76 %'
    """
    return f"{100 * part / whole:.3g} %" if whole else ABSENT


def duration(seconds: float | None) -> str:
    """A time with its unit.

    >>> [duration(s) for s in (None, 0.42, 41.3, 750, 7500)]
    ['–', '0.4 s', '41 s', '12.5 min', '2 h 05 min']
    """
    if seconds is None:
        return ABSENT
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5940:
        return f"{seconds / 60:.1f} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"


def size(byte_count: float | None) -> str:
    """A size in decimal units.

    >>> [size(b) for b in (None, 512, 5_540_000, 1_500_000_000)]
    ['–', '512 B', '5.5 MB', '1.5 GB']
    """
    if byte_count is None:
        return ABSENT
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if byte_count >= factor:
            return f"{byte_count / factor:.1f} {unit}"
    return f"{byte_count:.0f} B"


def rate(per_second: float | None) -> str:
    """A speed in two or three digits.

    >>> [rate(r) for r in (None, 0.123, 3.456, 41.8)]
    ['–', '0.12', '3.5', '42']
    """
    if per_second is None:
        return ABSENT
    return f"{per_second:.2f}" if per_second < 1 else f"{per_second:.1f}" if per_second < 10 else f"{per_second:.0f}"


def number(value: float | None, digits: int = 1) -> str:
    """A plain number, or a dash where there is none."""
    return ABSENT if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def joined(names: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def plain(value: Any) -> str:
    """A setting as a reader writes it: yes and no, a dash for nothing, lists with commas.

    >>> [plain(v) for v in (None, True, ("q", "v"), 1e-4, "\\n")]
    ['–', 'yes', 'q, v', '0.0001', '\\\\n']
    """
    if value is None or value in ((), [], {}):
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("\n", "\\n")
