"""What the comparisons work on: real conversations, and a T5 of FLAN-T5-small's shape with random weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from upshot.records import Row

ROOT: Final = Path(__file__).parent.parent.parent

# google/flan-t5-small's config.json; the weights are random, since speed does not hang on them.
FLAN_T5_SMALL: Final = {
    "d_model": 512, "d_kv": 64, "d_ff": 1024, "num_layers": 8, "num_decoder_layers": 8, "num_heads": 6,
}  # fmt: skip
FLAN_T5_BASE: Final = {
    "d_model": 768, "d_kv": 64, "d_ff": 2048, "num_layers": 12, "num_decoder_layers": 12, "num_heads": 12,
}  # fmt: skip
FLAN_T5_LARGE: Final = {
    "d_model": 1024, "d_kv": 64, "d_ff": 2816, "num_layers": 24, "num_decoder_layers": 24, "num_heads": 16,
}  # fmt: skip
SHAPES: Final = {"small": FLAN_T5_SMALL, "base": FLAN_T5_BASE, "large": FLAN_T5_LARGE}
TINY: Final = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 1, "num_decoder_layers": 1, "num_heads": 2}
FLAN_ROWS: Final = 32_128
PIECES: Final = 8_064


@dataclass(frozen=True, slots=True)
class Material:
    """A model folder with its tokenizer, conversations with summaries, and where they come from in words."""

    folder: Path
    rows: tuple[Row, ...]
    words: str


def shared_data(path: str) -> Path | None:
    """A file of the shared data (DialogSum may not live in the repository), or None where it is absent."""
    found = Path(os.environ.get("UPSHOT_SHARED", ROOT.parent / "shared")) / "data" / path
    return found if found.exists() else None


def conversations(count: int) -> tuple[tuple[Row, ...], str]:
    """`count` training rows spread evenly over DialogSum, or over the built-in conversations; and which of the two."""
    from upshot.data.sources import load_splits
    from upshot.data.tables import read_rows
    from upshot.recipe import DataSettings

    path = shared_data("dialogsum/train.csv")
    rows = read_rows(path)[0] if path else list(load_splits(DataSettings.model_validate({}), seed=13).rows["train"])
    step = max(1, len(rows) // count)
    return tuple(rows[::step][:count]), f"{min(count, len(rows))} conversations of {'DialogSum' if path else 'upshot'}"


def material(folder: Path, count: int, *, quick: bool, shape: str = "small") -> Material:
    """Conversations, and a random model in `folder`: of FLAN-T5's shape by name, or a tiny one with `quick`.

    The tokenizer has 8,064 pieces learned from these conversations, so texts are a little longer in tokens than with
    FLAN-T5's own; the model has FLAN-T5's 32,128 rows, so its output head costs what that one costs.
    """
    from upshot.model.noise import quiet
    from upshot.model.scratch import train_tokenizer

    rows, words = conversations(count)
    tokenizer = train_tokenizer((f"{row.dialogue}\n{row.summary}" for row in rows), 640 if quick else PIECES)
    model = random_t5(TINY if quick else SHAPES[shape], 640 if quick else FLAN_ROWS)
    with quiet():
        model.save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
    size = sum(parameter.numel() for parameter in model.parameters())
    return Material(folder, rows, f"{words}, a T5 of {size:,} parameters with random weights")


def random_t5(shape: dict[str, int], rows: int) -> Any:
    """A T5 with random weights and a head of its own, as FLAN-T5 has."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(13)
    config = T5Config(
        vocab_size=rows,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
        **shape,
    )
    model = T5ForConditionalGeneration(config)
    model.lm_head.weight = torch.nn.Parameter(torch.randn(rows, config.d_model) * 0.05)
    return model
