"""What the tensor libraries of this machine can do, for `upshot doctor`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any

from upshot.model.noise import quiet


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """A build of torch: `cuda` is the version that it was built for, `device` and `precision` what 'auto' chooses."""

    version: str
    cuda: str | None
    device: str
    precision: str
    threads: int


def torch_build() -> TorchBuild:
    """The build of torch that is installed here."""
    import torch

    from upshot.model.device import chosen_device, chosen_precision

    device = chosen_device("auto")
    return TorchBuild(
        version=str(torch.__version__),
        cuda=torch.version.cuda,
        device=device,
        precision=chosen_precision("auto", device),
        threads=torch.get_num_threads(),
    )


def keeps_own_head() -> bool:
    """Whether a tiny T5 with an output head of its own, as FLAN-T5 has, comes back from disk with that head.

    transformers 5 ties the head of every T5 that it makes from a configuration; a version that also did so when it
    loads one would throw away the trained head without a word.
    """
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(vocab_size=8, d_model=4, d_kv=4, d_ff=4, num_layers=1, num_heads=1, tie_word_embeddings=False)
    with quiet(), tempfile.TemporaryDirectory() as folder, torch.random.fork_rng(devices=[]):
        model: Any = T5ForConditionalGeneration(config)
        head = torch.randn(8, 4)  # (vocabulary, width)
        model.lm_head.weight = torch.nn.Parameter(head.clone())
        model.save_pretrained(folder)
        loaded: Any = T5ForConditionalGeneration.from_pretrained(folder)
    own = loaded.lm_head.weight.data_ptr() != loaded.shared.weight.data_ptr()
    return own and bool(torch.equal(loaded.lm_head.weight.data, head))
