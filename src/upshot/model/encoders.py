"""Encoders as judges: BERTScore-like matching of contextual embeddings, and classifiers that check a claim.

Both read a folder in the Hugging Face layout, safetensors only, and never run code that lies in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import torch
from safetensors import SafetensorError

from upshot.analysis.sentences import sentences_of
from upshot.errors import ModelError, UsageError
from upshot.metrics.learned import Scorer
from upshot.model.device import chosen_device
from upshot.model.load import check_folder, load_tokenizer
from upshot.model.noise import quiet
from upshot.model.place import HUB_ID, ModelRef, model_hash
from upshot.model.tokens import Tokenizer

FILES: Final = ("*.json", "*.safetensors", "*.txt", "*.model")
# What published checkers call the class that the summary is true to the source.
SUPPORTED: Final = frozenset({"entailment", "entail", "entailed", "supported", "support", "consistent", "faithful"})
BATCH: Final = 16
LONGEST: Final = 512  # where neither model nor tokenizer name a limit

Pool = Literal["min", "mean"]


def encoder_folder(place: str, *, allow_download: bool) -> Path:
    """The folder of an encoder: the path itself, or what the hub has under this id where `allow_download` says so.

    Raises:
        UsageError: no such folder, and no leave to fetch it.
        ModelError: it cannot be fetched.
    """
    folder = Path(place).expanduser()
    if folder.is_dir():
        return folder
    if not HUB_ID.fullmatch(place) or place.startswith("."):
        raise UsageError(f"{place}: no such folder; expected a model folder in the Hugging Face layout")
    if not allow_download:
        raise UsageError(f"{place}: no such folder; --allow-download fetches the hub model of this name")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(place, allow_patterns=list(FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(f"{place}: cannot be fetched from the hub ({str(error).splitlines()[0][:160]})") from None


def bertscore(folder: Path) -> Scorer:
    """F1 of greedy cosine matching in the encoder's last layer, -1..1, the mean over references; empty texts score 0.

    As T. Zhang et al., "BERTScore", ICLR 2020, without idf weights and without rescaling by a baseline: every token
    weighs the same, special tokens weigh nothing but may be matched. The published tool takes an earlier layer of most
    encoders and the best reference, so that its figures are others.

    Raises:
        ModelError: the folder holds no encoder that can be loaded safely.
    """
    from transformers import AutoModel

    model, tokenizer = _load(folder, AutoModel, may_lack=("pooler.",))
    encoder = model.get_encoder() if model.config.is_encoder_decoder else model

    def score(_source: str, hypothesis: str, references: Sequence[str]) -> float:
        mine, *others = _embed(encoder, tokenizer, [hypothesis, *references])
        return sum(_match(mine, theirs) for theirs in others) / len(others)

    provenance = {"kind": "bertscore", "layer": "last", "idf": False, "references": "mean", **_origin(folder)}
    return Scorer("bertscore", frozenset({"references"}), score, provenance)


def checker(folder: Path, *, pool: Pool = "min") -> Scorer:
    """Probability that the dialogue supports the summary, 0..1: of the worst sentence, or the mean over sentences.

    Premise is the dialogue, hypothesis a sentence. A dialogue that does not fit is read in windows of whole turns, and
    the window that supports the sentence best counts (as SummaC and MiniCheck do). An empty summary scores 0.

    Raises:
        ModelError: no classifier that can be loaded safely, or none of its classes means 'supported'.
    """
    from transformers import AutoModelForSequenceClassification

    model, tokenizer = _load(folder, AutoModelForSequenceClassification, may_lack=())
    supported = _supported_class(model.config.id2label, folder)

    def score(source: str, hypothesis: str, _references: Sequence[str]) -> float:
        found = [_support(model, tokenizer, source, sentence, supported) for sentence in sentences_of(hypothesis)]
        if not found:
            return 0.0
        return min(found) if pool == "min" else sum(found) / len(found)

    provenance = {"kind": "checker", "sentences": pool, "class": supported, **_origin(folder)}
    return Scorer("checker" if pool == "min" else "checker-mean", frozenset({"source"}), score, provenance)


def _load(folder: Path, kind: Any, *, may_lack: tuple[str, ...]) -> tuple[Any, Tokenizer]:
    """A model of a transformers class in fp32 and eval mode on the best device, with its tokenizer."""
    check_folder(folder)
    try:
        with quiet():
            model, report = kind.from_pretrained(
                str(folder),
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{folder}: cannot be loaded ({str(error).splitlines()[0][:160]})") from None
    absent = [key for key in sorted(report["missing_keys"]) if not key.startswith(may_lack or ("\0",))]
    if absent:
        raise ModelError(f"{folder}: the weights lack {len(absent)} tensors, the first is {absent[0]}")
    return model.requires_grad_(False).eval().to(chosen_device("auto")), load_tokenizer(ModelRef(str(folder)))


def _origin(folder: Path) -> dict[str, Any]:
    return {"folder": str(folder), "weights": model_hash(ModelRef(str(folder)))}


def _limit(model: Any, tokenizer: Tokenizer) -> int:
    """Tokens that the model can read. RoBERTa counts its positions from 2, which its tokenizer knows."""
    positions = getattr(model.config, "max_position_embeddings", LONGEST)
    if model.config.model_type in ("roberta", "xlm-roberta", "camembert"):
        positions -= 2
    return int(min(tokenizer.model_max_length, positions if positions > 0 else LONGEST))


@torch.inference_mode()
def _embed(encoder: Any, tokenizer: Tokenizer, texts: Sequence[str]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """For each text its unit embeddings (tokens, width), and which of them are no special tokens (tokens)."""
    batch = tokenizer(
        list(texts),
        padding=True,
        truncation=True,
        max_length=_limit(encoder, tokenizer),
        return_special_tokens_mask=True,
        return_tensors="pt",
    )
    special = batch.pop("special_tokens_mask").bool()  # (texts, tokens)
    inputs = {name: tensor.to(encoder.device) for name, tensor in batch.items()}
    states = torch.nn.functional.normalize(encoder(**inputs).last_hidden_state, dim=-1).cpu()  # (texts, tokens, width)
    lengths = batch["attention_mask"].sum(dim=1).tolist()
    first = [0 if tokenizer.padding_side == "right" else states.shape[1] - length for length in lengths]
    return [
        (state[at : at + length], ~mask[at : at + length])
        for state, mask, at, length in zip(states, special, first, lengths, strict=True)
    ]


def _match(mine: tuple[torch.Tensor, torch.Tensor], theirs: tuple[torch.Tensor, torch.Tensor]) -> float:
    """F1 of the best match of every token in the other text."""
    (states, words), (other_states, other_words) = mine, theirs
    if not bool(words.any()) or not bool(other_words.any()):
        return 0.0
    cosine = states @ other_states.T  # (tokens of mine, tokens of theirs)
    precision = float(cosine.max(dim=1).values[words].mean())
    recall = float(cosine.max(dim=0).values[other_words].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _supported_class(labels: Mapping[int, str], folder: Path) -> int:
    """Index of the class 'supported'; of two unnamed classes the second, as MiniCheck has it; -1 for a single logit."""
    if len(labels) == 1:
        return -1
    named = [index for index, label in labels.items() if label.lower() in SUPPORTED]
    if len(named) == 1:
        return int(named[0])
    if len(labels) == 2 and all(label.upper() == f"LABEL_{index}" for index, label in labels.items()):
        return 1
    raise ModelError(
        f"{folder}: none of its classes means 'supported' ({', '.join(labels.values())}); "
        f"name one of them '{min(SUPPORTED)}' in id2label of its config.json"
    )


@torch.inference_mode()
def _support(model: Any, tokenizer: Tokenizer, source: str, sentence: str, supported: int) -> float:
    windows = _windows(tokenizer, source, sentence, limit=_limit(model, tokenizer))
    found: list[float] = []
    for at in range(0, len(windows), BATCH):
        part = windows[at : at + BATCH]
        batch = tokenizer(
            part,
            [sentence] * len(part),
            padding=True,
            truncation="only_first",
            max_length=_limit(model, tokenizer),
            return_tensors="pt",
        )
        logits = model(**{name: tensor.to(model.device) for name, tensor in batch.items()}).logits  # (windows, classes)
        chances = logits.sigmoid()[:, 0] if supported < 0 else logits.softmax(-1)[:, supported]
        found += chances.tolist()
    return max(found)


def _windows(tokenizer: Tokenizer, source: str, sentence: str, *, limit: int) -> list[str]:
    """The dialogue in runs of whole turns that fit beside the sentence; a turn that alone does not fit is cut."""
    room = limit - len(tokenizer("", sentence, verbose=False)["input_ids"])
    if room < 1:
        raise UsageError(f"a summary sentence alone has more than the {limit} tokens that the checker can read")
    windows: list[str] = []
    for turn in filter(str.strip, source.split("\n")):
        longer = f"{windows[-1]}\n{turn}" if windows else turn
        if windows and len(tokenizer(longer, add_special_tokens=False, verbose=False)["input_ids"]) <= room:
            windows[-1] = longer
        else:
            windows.append(turn)
    return windows or [""]
