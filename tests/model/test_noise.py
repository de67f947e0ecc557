"""Quiet means that the listed messages are not shown, and that all others are."""

import logging
import warnings

import pytest

from upshot.model.noise import NOISE, quiet


def test_listed_warnings_are_dropped_and_others_come_through() -> None:
    with quiet():
        warnings.warn(f"some {NOISE[0]} here", UserWarning, stacklevel=1)
        with pytest.warns(UserWarning, match="the disk is on fire"):
            warnings.warn("the disk is on fire", UserWarning, stacklevel=1)


def test_listed_log_messages_are_dropped_and_filters_go_again(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("peft")
    before = list(logger.filters)
    with quiet():
        assert logger.filters != before
    assert logger.filters == before


def test_the_progress_bar_comes_back_also_after_an_error() -> None:
    from transformers.utils import logging as transformers_logging

    shown = transformers_logging.is_progress_bar_enabled()

    def fails() -> None:
        with quiet():
            assert not transformers_logging.is_progress_bar_enabled()
            raise OSError("x")

    with pytest.raises(OSError, match="x"):
        fails()
    assert transformers_logging.is_progress_bar_enabled() == shown
