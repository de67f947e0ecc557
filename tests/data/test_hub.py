"""Data sets of the hub, without a network."""

import pytest

from upshot.data.hub import HUB_ID, hub_tables
from upshot.data.notices import Remarks
from upshot.data.tables import Reading
from upshot.errors import DataError


def test_a_hub_id_without_the_hub_says_how_to_get_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    with pytest.raises(DataError, match=r"huggingface.co/datasets/nobody/no-such-set/tree/main.*data\.source"):
        hub_tables("nobody/no-such-set", Reading(), Remarks())


def test_hub_ids_are_told_from_paths() -> None:
    assert HUB_ID.fullmatch("knkarthick/dialogsum")
    assert not any(HUB_ID.fullmatch(path) for path in ("./data", "a/b/c", "../x", "/data"))
