"""The values that travel between rooms: frozen, without torch, each with one JSON form."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from upshot.errors import DataError

CURE: Final = "it was damaged or edited: delete it and run again"
SPLITS: Final = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a data file. `summary` is None where the file has none; `number` counts records from 1."""

    id: str
    dialogue: str
    summary: str | None
    topic: str = ""
    number: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Rows with the same dialogue text, as one unit with 0..n references in row order."""

    id: str
    text: str
    references: tuple[str, ...]
    row_ids: tuple[str, ...]
    topic: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Splits:
    """A data set: training keeps each row as an example, validation and test hold one entry a dialogue."""

    train: tuple[Row, ...]
    validation: tuple[Dialogue, ...]
    test: tuple[Dialogue, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one example. `labels` is empty for prediction; `truncated` says that the dialogue was cut."""

    id: str
    input_ids: tuple[int, ...]
    labels: tuple[int, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Prediction:
    """One generated summary. `logprob` is the mean log-probability of its tokens, `tokens` counts them with the end."""

    id: str
    prediction: str
    tokens: int
    hit_cap: bool
    logprob: float
    prompt_tokens: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one dialogue, each in 0..1: the mean over its references, the best of them, and the first alone."""

    id: str
    mean: Mapping[str, float]
    max: Mapping[str, float]
    first: Mapping[str, float]
    words: int
    reference_words: float

    def to_json(self) -> dict[str, Any]:
        """One flat object: metric, metric_max and metric_first beside the lengths in words."""
        scores = dict(self.mean)
        scores |= {f"{name}_max": value for name, value in self.max.items()}
        scores |= {f"{name}_first": value for name, value in self.first.items()}
        return {"id": self.id, **scores, "words": self.words, "reference_words": self.reference_words}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Score:
        """The inverse of `to_json`."""
        values = {key: value for key, value in record.items() if key not in ("id", "words", "reference_words")}
        names = [key for key in values if f"{key}_max" in values]
        return cls(
            id=record["id"],
            mean={name: values[name] for name in names},
            max={name: values[f"{name}_max"] for name in names},
            first={name: values[f"{name}_first"] for name in names},
            words=record["words"],
            reference_words=record["reference_words"],
        )


T = TypeVar("T", Prediction, Score, Dialogue, Row)


def dump_lines(records: Iterable[Prediction | Score | Dialogue | Row | Mapping[str, Any]]) -> str:
    """JSON Lines text of records, one object a line with a final newline, keys in definition order."""
    return "".join(json.dumps(_plain(record), ensure_ascii=False) + "\n" for record in records)


def load_lines(text: str | Iterable[str], kind: type[T], name: str = "a file of this run") -> list[T]:
    """Records of `kind` from JSON Lines text, or its lines; a line that was cut off (no newline) is left out.

    `name` is the file that an error names. Raises:
        DataError: a line that is no such record.
    """
    return [_built(record, kind, f"{name} line {number}") for number, record in _numbered_lines(text, name)]


def whole_lines(text: str | Iterable[str], name: str = "a file of this run") -> Iterator[dict[str, Any]]:
    """Objects of the complete lines of a JSON Lines text, or of its lines with their ends.

    >>> list(whole_lines('{"a": 1}\\n{"a": '))
    [{'a': 1}]

    Raises:
        DataError: a complete line that is not JSON.
    """
    return (record for _, record in _numbered_lines(text, name))


def _numbered_lines(text: str | Iterable[str], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = io.StringIO(text, newline="\n") if isinstance(text, str) else text
    for number, line in enumerate(lines, start=1):
        if line.endswith("\n") and line.strip():
            try:
                yield number, json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                raise DataError(f"{name} line {number}: not valid JSON; {CURE}") from None


def _built(record: dict[str, Any], kind: type[T], where: str) -> T:
    try:
        built = _build(record, kind)
    except (KeyError, TypeError, AttributeError):
        raise DataError(f"{where}: no {kind.__name__.lower()}; {CURE}") from None
    if (misfit := next(_misfits(built), None)) is not None:
        raise DataError(f"{where}: {misfit}; {CURE}")
    return built


def _misfits(record: Any) -> Iterator[str]:
    """What a record holds that its kind does not: no text where texts are, no number where a score's numbers are."""
    if isinstance(record, Score):
        flat = record.to_json()
        texts = {"id": flat.pop("id")}
        yield from (f"'{key}' is no number" for key, value in flat.items() if not _is_number(value))
    else:
        texts = {item.name: getattr(record, item.name) for item in dataclasses.fields(record) if item.type == "str"}
    yield from (f"'{key}' is no text" for key, value in texts.items() if not isinstance(value, str))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _plain(record: Any) -> Any:
    if isinstance(record, Score):
        return record.to_json()
    return dataclasses.asdict(record) if dataclasses.is_dataclass(record) else record  # type: ignore[arg-type]


def _build(record: dict[str, Any], kind: type[T]) -> T:
    if kind is Score:
        return Score.from_json(record)  # type: ignore[return-value]
    fields = {item.name: item.type for item in dataclasses.fields(kind)}
    values: dict[str, Any] = {key: tuple(item) if "tuple" in str(fields[key]) else item for key, item in record.items()}
    return kind(**values)
