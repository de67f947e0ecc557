"""Which rows of which split are used, and how rows become dialogues; never one conversation on both sides."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

from upshot.data.notices import counted
from upshot.errors import DataError, UsageError
from upshot.recipe import SplitShares, Subset
from upshot.records import SPLITS, Dialogue, Row
from upshot.text import normalised

SPLIT_NAMES: Final = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
_NUMBERED: Final = re.compile(r"(.+)_\d+")


# The gate, the cleaning and the division all ask for the same texts.
@lru_cache(maxsize=2**15)
def dialogue_key(text: str) -> str:
    """What two copies of a dialogue have in common: their words, and letters outside a-z as they stand.

    >>> dialogue_key("#Person1#: Hello,  you!") == dialogue_key("hello you")
    True
    >>> dialogue_key("你好") == dialogue_key("再见")
    False
    """
    key = normalised(text)
    if text.isascii():
        return key or text
    # Without these letters all dialogues in another script would be one.
    letters = "".join(letter for letter in text.lower() if letter.isalpha() and not letter.isascii())
    return f"{key}\n{letters}" if letters else key or text


def take_subset(rows: Sequence[Row], subset: Subset, *, seed: int, split: str) -> tuple[Row, ...]:
    """Every k-th row, of these the first n, of these a seeded sample; in file order."""
    kept = list(rows[:: subset.every] if subset.every else rows)[: subset.first]
    if subset.sample is not None and subset.sample < len(kept):
        drawn = random.Random(f"{seed} {split}").sample(range(len(kept)), subset.sample)
        kept = [kept[index] for index in sorted(drawn)]
    return tuple(kept)


def join_rows(rows: Sequence[Row]) -> tuple[Dialogue, ...]:
    """One dialogue for all rows with exactly the same text, in the order of their first rows.

    Rows `test_12_1` to `test_12_3` become `test_12` where no other row has that stem; any other dialogue has the id
    of its first row.
    """
    together: dict[str, list[Row]] = {}
    for row in rows:
        together.setdefault(row.dialogue, []).append(row)
    ids = {row.id for row in rows}
    stems = Counter(_stem(row.id) for row in rows)
    return tuple(_dialogue(group, ids, stems) for group in together.values())


def divide(rows: Sequence[Row], shares: SplitShares, *, seed: int, file: str) -> dict[str, tuple[Row, ...]]:
    """Rows of a file without splits, by dialogue: copies of one conversation always share a split.

    The order that decides is a hash of seed and words, so it hangs neither on the order nor on the number of rows.

    Raises:
        DataError: D52, fewer dialogues than splits.
        UsageError: shares that leave nothing for training.
    """
    if shares.validation + shares.test >= 1:
        raise UsageError("data.split: the shares of validation and test leave nothing for training")
    keys = [dialogue_key(row.dialogue) for row in rows]
    unique = sorted(dict.fromkeys(keys), key=lambda key: _order(seed, key))
    wanted = {"test": shares.test, "validation": shares.validation}
    sizes = [max(1, round(share * len(unique))) if share else 0 for share in wanted.values()]
    needed = 1 + sum(1 for share in wanted.values() if share)
    if len(unique) < max(needed, sum(sizes) + 1):
        said = f"{counted(len(unique), 'dialogue')}, at least {needed} are needed to divide the file"
        raise DataError(f"{file}: {said}", code="D52")
    test_end, validation_end = accumulate(sizes)
    place = {key: index for index, key in enumerate(unique)}
    parts: dict[str, list[Row]] = {split: [] for split in SPLITS}
    for row, key in zip(rows, keys, strict=True):
        held_out = "test" if place[key] < test_end else "validation"
        parts[held_out if place[key] < validation_end else "train"].append(row)
    return {split: tuple(part) for split, part in parts.items()}


def without_leaks(rows: Mapping[str, Sequence[Row]]) -> dict[str, tuple[Row, ...]]:
    """The splits without validation and test rows whose dialogue also stands in an earlier split."""
    seen: set[str] = set()
    kept: dict[str, tuple[Row, ...]] = {}
    for split in SPLITS:
        keys = [dialogue_key(row.dialogue) for row in rows.get(split, ())]
        pairs = zip(rows.get(split, ()), keys, strict=True)
        kept[split] = tuple(row for row, key in pairs if key not in seen)
        seen.update(keys)
    return kept


def _stem(row_id: str) -> str | None:
    found = _NUMBERED.fullmatch(row_id)
    return found.group(1) if found else None


def _dialogue(group: Sequence[Row], ids: set[str], stems: Counter[str | None]) -> Dialogue:
    first = group[0]
    stem = _stem(first.id)
    # A stem that other dialogues share (train_0, train_1) names a file, not a dialogue.
    alone = stem is not None and stem not in ids and {_stem(row.id) for row in group} == {stem}
    named = stem is not None and alone and len(group) > 1 and stems[stem] == len(group)
    return Dialogue(
        id=stem if named and stem is not None else first.id,
        text=first.dialogue,
        references=tuple(row.summary for row in group if row.summary is not None),
        row_ids=tuple(row.id for row in group),
        topic=first.topic,
        notes=first.notes,
    )


def _order(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode("utf-8", "surrogatepass")).digest()
