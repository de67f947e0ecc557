"""Warnings of the libraries below that frighten and mean nothing here, each filtered by name and explained."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

NOISE: Final = (
    # transformers 5 forces tie_word_embeddings on T5 and keeps its meaning in scale_decoder_outputs; the head is right.
    "tied weights mapping",
    "tie_word_embeddings",
    # Adapters and checkpoints made here name their missing tied tensors; they are the same storage.
    "missing keys",
    # A prompt may be longer than the model's nominal length; T5's positions are relative, and cuts are counted.
    "Token indices sequence length",
    # Asked for by nobody: generation without a sampling flag ignores sampling settings of the checkpoint.
    "generation flags are not valid",
    # PEFT asks the hub for the base's configuration to compare vocabularies; offline it only says that it could not.
    "Could not find a config file",
    "Unable to fetch remote file",
    # Missing tensors and other shapes are refused by name where a model is loaded; unexpected ones are left unused.
    "LOAD REPORT",
    # PEFT asks transformers 5 under an old name; nobody here set it.
    "is_gradient_checkpointing",
)


@contextmanager
def quiet() -> Iterator[None]:
    """A block in which the listed messages of transformers and PEFT are not shown; all others are."""
    from transformers.utils import logging as transformers_logging

    loggers = [logging.getLogger(name) for name in ("transformers", "transformers.modeling_utils", "peft")]
    for logger in loggers:
        logger.addFilter(_matters)
    handlers = [handler for logger in loggers for handler in logger.handlers]
    for handler in handlers:
        handler.addFilter(_matters)
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # a bar a checkpoint shard tells nobody anything
    try:
        with warnings.catch_warnings():
            for words in NOISE:
                warnings.filterwarnings("ignore", message=f".*{words}.*")
            yield
    finally:
        for target in (*loggers, *handlers):
            target.removeFilter(_matters)
        if bars:
            transformers_logging.enable_progress_bar()


def _matters(record: logging.LogRecord) -> bool:
    return not any(words in record.getMessage() for words in NOISE)
