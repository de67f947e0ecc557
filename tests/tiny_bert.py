"""Tiny BERT models with random weights, saved as safetensors: an encoder and a classifier to stand in for real ones."""

from functools import cache
from pathlib import Path
from typing import Any

import tiny

WORDS = (
    "anna ben and meet at noon the train is late they talk about a bike she sells it . , ' s not person1 person2 # :"
)


@cache
def encoder() -> Path:
    """A BERT of 2 layers, width 32, that reads 64 tokens."""
    from transformers import BertModel

    return _saved("bert", BertModel, {})


@cache
def classifier() -> Path:
    """The same shape with three classes, one of them 'entailment'."""
    from transformers import BertForSequenceClassification

    names = {0: "contradiction", 1: "neutral", 2: "entailment"}
    return _saved("nli", BertForSequenceClassification, {"id2label": names, "num_labels": 3})


def labelled(name: str, labels: dict[int, str]) -> Path:
    """A classifier with these classes."""
    from transformers import BertForSequenceClassification

    return _saved(name, BertForSequenceClassification, {"id2label": labels, "num_labels": len(labels)})


def _saved(name: str, kind: Any, more: dict[str, Any]) -> Path:
    import torch
    from transformers import BertConfig

    from upshot.model.noise import quiet

    torch.manual_seed(11)
    folder = tiny.folder() / name
    tokens = _tokenizer()
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
        **more,
    )
    with quiet():
        kind(config).save_pretrained(str(folder))
        tokens.save_pretrained(str(folder))
    return folder


def _tokenizer() -> Any:
    """A word-level tokenizer in BERT's form."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocab = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS.split()])}
    inner = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    inner.normalizer = normalizers.Lowercase()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )
