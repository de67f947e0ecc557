"""Real tiny models, a real tiny tokenizer and real tiny run folders, made once a process and removed at its end."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from upshot.data.conversations import BUILTIN
from upshot.recipe import AdapterSettings, Arm, GenerationSettings, ModelSettings, Recipe, TrainSettings
from upshot.recipe_file import expand_arms, parse_recipe
from upshot.records import Dialogue, Encoded, Row, dump_lines
from upshot.rundir import RunDir, write_text

SHAPE: Final = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2}


@cache
def folder() -> Path:
    """A folder of this test process, removed when it ends."""
    path = Path(tempfile.mkdtemp(prefix="upshot-tiny-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@cache
def rows() -> tuple[Row, ...]:
    """Twelve short training rows out of the built-in conversations: their first two turns."""
    found = []
    for line in BUILTIN.read_text(encoding="utf-8").splitlines()[:12]:
        item = json.loads(line)
        start = "\n".join(item["dialogue"].split("\n")[:2])
        found.append(Row(item["id"], start, item["summaries"][0].split(". ")[0][:90] + "."))
    return tuple(found)


@cache
def dialogues() -> tuple[Dialogue, ...]:
    """Four dialogues of another part of the built-in conversations, with one reference each."""
    found = []
    for line in BUILTIN.read_text(encoding="utf-8").splitlines()[20:24]:
        item = json.loads(line)
        start = "\n".join(item["dialogue"].split("\n")[:2])
        found.append(Dialogue(item["id"], start, (item["summaries"][0],), (item["id"],)))
    return tuple(found)


@cache
def tokenizer() -> Any:
    """A T5 tokenizer of 640 pieces, learned from the tiny rows."""
    from upshot.model.scratch import train_tokenizer

    return train_tokenizer([f"{row.dialogue}\n{row.summary}" for row in rows()] * 4, 640)


@cache
def t5() -> Path:
    """A T5 v1.1-style model of 2+2 layers, width 32, its head tied to the embeddings."""
    from upshot.model.scratch import new_t5
    from upshot.recipe import ScratchSettings

    return _saved("t5", new_t5(ScratchSettings(vocab_size=640, **SHAPE), len(tokenizer()), seed=3))


@cache
def flan() -> Path:
    """The same shape with a head of its own, like FLAN-T5."""
    return _saved("flan", own_head(SHAPE, len(tokenizer())))


@cache
def bart() -> Path:
    """A BART of 1+1 layers with the same tokenizer; it starts its output with the end token, as BART does."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    torch.manual_seed(5)
    config = BartConfig(
        vocab_size=len(tokenizer()),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
        decoder_start_token_id=1,
        forced_eos_token_id=1,
    )
    return _saved("bart", BartForConditionalGeneration(config))


def own_head(shape: Mapping[str, int], vocab_size: int) -> Any:
    """A T5 with random weights and a head of its own, which a T5 made from a configuration does not have."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(4)
    config = T5Config(
        vocab_size=vocab_size,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
        **shape,
    )
    model = T5ForConditionalGeneration(config)
    model.lm_head.weight = torch.nn.Parameter(torch.randn(vocab_size, config.d_model) * 0.05)
    return model


def _saved(name: str, model: Any) -> Path:
    from upshot.model.noise import quiet

    path = folder() / name
    with quiet():
        model.save_pretrained(str(path))
        tokenizer().save_pretrained(str(path))
    return path


def encoded(count: int = 8) -> list[Encoded]:
    """Training examples of the first rows, of different lengths."""
    from upshot.model.tokens import encode_pairs
    from upshot.prompts import prompt
    from upshot.recipe import PromptSettings

    chosen = rows()[:count]
    prompts = [prompt(row.id, row.dialogue, PromptSettings()) for row in chosen]
    return encode_pairs(prompts, [row.summary or "" for row in chosen], tokenizer(), limits=(96, 24))


def recipe(arms: Mapping[str, Any], train: Mapping[str, Any] | None = None, **sections: Any) -> Recipe:
    """A recipe on the tiny T5, small and in fp32; `arms` and `train` as in YAML."""
    settings = {
        "max_steps": 6,
        "batch_size": 4,
        "learning_rate": 1e-2,
        "dropout": 0.1,
        "eval_every": "never",
        "best_by": "last",
        **(train or {}),
    }
    content = {
        "seed": 7,
        "model": {"name": str(t5()), "precision": "fp32", "device": "cpu"},
        "prompt": {"max_source_tokens": 96, "max_target_tokens": 24},
        "generation": {"max_new_tokens": 8},
        "train": settings,
        "arms": dict(arms),
        **sections,
    }
    return parse_recipe(json.dumps(content), "tiny.yaml")


def arms(of: Recipe) -> dict[str, Arm]:
    """The arms of a recipe as the stages see them."""
    return expand_arms(of)


def trainee(
    tuning: str = "full", *, base: Path | None = None, adapter: Mapping[str, Any] | None = None, **train: Any
) -> Any:
    """A tiny model ready to train in fp32 on the CPU, without dropout unless `train` says so."""
    from upshot.model.adapters import trained_parameters
    from upshot.model.device import accelerator_for
    from upshot.model.dropout import set_dropout
    from upshot.model.load import ModelRef
    from upshot.model.start import model_to_train
    from upshot.train.loop import Trainee
    from upshot.train.schedule import optimizer_for

    settings = TrainSettings.model_validate({"dropout": 0.0, "learning_rate": 1e-2, **train})
    adapters = AdapterSettings.model_validate({"r": 4, "dropout": 0.0, **(adapter or {})})
    model, _ = model_to_train(ModelRef(str(base or t5())), None, tuning=tuning, adapter=adapters, seed=1)
    set_dropout(model, settings.dropout, settings.attention_dropout)
    return Trainee(
        model,
        optimizer_for(trained_parameters(model), settings),
        accelerator_for(ModelSettings(precision="fp32", device="cpu")),
        settings,
        pad_id=0,
        micro_batch_tokens=settings.micro_batch_tokens,
    )


def steps(of: Any, examples: Sequence[Encoded], count: int = 1, batch_size: int = 8) -> list[Any]:
    """Train `of` for some steps on the examples, and what each step said."""
    from upshot.train.batches import Plan
    from upshot.train.loop import fit

    plan = Plan(lambda _: examples, rows=len(examples), batch_size=batch_size, total_steps=count, seed=7)
    return list(fit(of, plan, start=0))


def texts(model: Any, examples: Sequence[Encoded], **settings: Any) -> dict[str, str]:
    """Generated texts by id, in eval mode."""
    from upshot.model.generate import generate

    chosen = GenerationSettings.model_validate({"max_new_tokens": 10, **settings})
    model.eval()
    batches = generate(model, tokenizer(), examples, settings=chosen, seed=0)
    return {item.id: item.prediction for batch in batches for item in batch}


def write_splits(
    run: RunDir, train: Sequence[Row] | None = None, validation: Sequence[Dialogue] | None = None
) -> RunDir:
    """The run folder with the tiny training rows and validation dialogues in it, as the gate leaves them."""
    write_text(run.split("train"), dump_lines(rows() if train is None else train))
    write_text(run.split("validation"), dump_lines(dialogues() if validation is None else validation))
    return run
