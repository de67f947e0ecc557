"""A tokenizer read from tokenizer.json alone: what generation asks of one, without transformers and without torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer

from upshot.errors import ModelError

_NAMED: Final = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
_LISTED: Final = ("additional_special_tokens", "extra_special_tokens")


class PlainTokenizer:
    """The ids, pieces and texts that transformers' tokenizer of the same folder gives."""

    def __init__(self, tokenizer: Any, config: dict[str, Any]) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()  # what is cut is cut elsewhere, and counted
        self._tokenizer.no_padding()
        self.all_special_tokens: list[str] = _specials(config)
        self.eos_token_id: int = tokenizer.token_to_id(_content(config["eos_token"]))
        self.pad_token_id: int = tokenizer.token_to_id(_content(config["pad_token"]))
        unknown = config.get("unk_token")
        self.unk_token_id: int | None = tokenizer.token_to_id(_content(unknown)) if unknown else None

    def __call__(
        self,
        texts: Sequence[str],
        *,
        split_special_tokens: bool,
        verbose: bool = False,  # noqa: ARG002 - what transformers' tokenizers are told
    ) -> dict[str, list[list[int]]]:
        """`input_ids` of each text, its end token included."""
        self._tokenizer.encode_special_tokens = split_special_tokens
        return {"input_ids": [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]}

    def batch_decode(self, ids: Sequence[Sequence[int]], *, skip_special_tokens: bool) -> list[str]:
        """Texts of ids."""
        return [self._tokenizer.decode(list(row), skip_special_tokens=skip_special_tokens) for row in ids]

    def convert_ids_to_tokens(self, ids: Sequence[int]) -> list[str]:
        """The vocabulary's strings of ids."""
        return [self._tokenizer.id_to_token(number) for number in ids]

    def convert_tokens_to_ids(self, pieces: Sequence[str]) -> list[int]:
        """Ids of the vocabulary's strings; an unknown string is the unknown piece."""
        found: list[int | None] = [self._tokenizer.token_to_id(piece) for piece in pieces]
        unknown = self.pad_token_id if self.unk_token_id is None else self.unk_token_id
        return [unknown if number is None else number for number in found]

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size(with_added_tokens=True))


def plain_tokenizer(folder: Path) -> PlainTokenizer | None:
    """The tokenizer of a folder, or None where transformers does more than `tokenizer.json` says.

    Raises:
        ModelError: the settings are damaged, or name no end or padding.
    """
    vocabulary, settings = folder / "tokenizer.json", folder / "tokenizer_config.json"
    if not vocabulary.exists() or not settings.exists():
        return None
    try:
        config = json.loads(settings.read_text(encoding="utf-8"))
        if config.get("clean_up_tokenization_spaces"):
            return None
        return PlainTokenizer(Tokenizer.from_file(str(vocabulary)), config)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{settings}: the tokenizer cannot be read ({type(error).__name__})") from None


def _specials(config: dict[str, Any]) -> list[str]:
    named = [config[name] for name in _NAMED if config.get(name)]
    listed = [token for name in _LISTED for token in config.get(name) or ()]
    return list(dict.fromkeys(_content(token) for token in (*named, *listed)))


def _content(token: Any) -> str:
    """A token's text: settings hold it bare, or in an object with its flags."""
    return str(token["content"] if isinstance(token, dict) else token)
