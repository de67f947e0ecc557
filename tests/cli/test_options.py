"""Options that several verbs share."""

import os

import pytest

from upshot.cli.options import RUNS, go_offline


def test_offline_forbids_the_network_to_the_hub_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    go_offline(False)
    assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    go_offline(True)
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["HF_DATASETS_OFFLINE"] == "1"


def test_runs_lie_in_runs() -> None:
    assert str(RUNS) == "runs"
