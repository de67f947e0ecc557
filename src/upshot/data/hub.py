"""Data sets of the Hugging Face hub, through the `datasets` library where it is installed; never remote code."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from upshot.data.csv_rows import Record
from upshot.data.notices import Remarks, shown
from upshot.data.splits import SPLIT_NAMES
from upshot.data.tables import Reading, Table, record_rows
from upshot.errors import DataError, to_install

HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def hub_tables(source: str, reading: Reading, remarks: Remarks) -> dict[str, Table]:
    """Tables of a hub data set by split. The hash is that of the rows, since the library hides the files.

    Raises:
        DataError: `datasets` is missing, the hub cannot be reached, or the data set cannot be read.
    """
    loaded = _load(source)
    if not isinstance(loaded, Mapping):
        raise _refused(source, "it has no splits")
    tables: dict[str, Table] = {}
    for name, part in loaded.items():
        split = SPLIT_NAMES.get(str(name))
        if split is None or split in tables:
            remarks.note(None, f"{source}: split '{shown(str(name))}' is not used")
            continue
        file = f"{source} {split}"
        digest = hashlib.sha256()
        rows = record_rows(_records(part, digest), reading, file=file, remarks=remarks)
        tables[split] = Table(file, digest.hexdigest(), tuple(rows))
    if not tables:
        raise _refused(source, "it has no split train, validation or test")
    return tables


def _load(source: str) -> Any:
    try:
        import datasets
    except ImportError:
        raise _refused(source, f"the 'datasets' package is not installed ({to_install('hub')})") from None
    try:
        return datasets.load_dataset(source)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _refused(source, reason) from None


def _records(part: Iterable[Mapping[str, Any]], digest: Any) -> Iterator[Record]:
    for number, values in enumerate(part, 1):
        digest.update(json.dumps(values, default=str, sort_keys=True).encode())
        yield Record(number, 0, dict(values))


def _refused(source: str, reason: str) -> DataError:
    return DataError(
        f"{source}: no such file or folder here, and not to be had from the hub: {reason}. Without the hub: download "
        f"its train, validation and test files (https://huggingface.co/datasets/{source}/tree/main) into one folder "
        "and set data.source to that folder"
    )
