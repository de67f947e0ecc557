"""Presidio's patterns as a detector beside the rules, for `mask(conversation, also=...)`; needs `presidio-analyzer`.

Without a model and without a network: a blank spaCy engine instead of one that would be fetched. Its recognizers of
URLs and e-mail are left out: text of some thousand characters stalls them, and the second asks publicsuffix.org. Ours
find both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from upshot.errors import UsageError, to_install
from upshot.privacy.rules import Span

MOST_CHARACTERS: Final = 5_000  # of one call
LEFT_OUT: Final = ("UrlRecognizer", "EmailRecognizer", "DateRecognizer", "SpacyRecognizer")
KIND_OF: Final[Mapping[str, str]] = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "PERSON": "name",
    "PHONE_NUMBER": "number",
    "US_BANK_NUMBER": "number",
    "US_SSN": "ssn",
}  # everything else is "other"
_OVERLAP: Final = 100  # so that a value at a cut stands whole in one of the pieces


def presidio_detector(*, threshold: float = 0.4) -> Callable[[str], tuple[Span, ...]]:
    """A detector of spans that Presidio scores at least `threshold`, 0..1.

    Raises:
        UsageError: presidio-analyzer is not installed.
    """
    analyzer = _analyzer()

    def detect(text: str) -> tuple[Span, ...]:
        return tuple(
            Span(KIND_OF.get(found.entity_type, "other"), start + found.start, start + found.end)
            for start, piece in pieces(text)
            for found in analyzer.analyze(piece, language="en", score_threshold=threshold)
        )

    return detect


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Parts of a text that one call takes, with their places; neighbours share some characters.

    >>> [(start, len(piece)) for start, piece in pieces("a" * 6000)]
    [(0, 5000), (4900, 1100)]
    """
    step = MOST_CHARACTERS - _OVERLAP
    yield from (
        (start, text[start : start + MOST_CHARACTERS]) for start in range(0, max(1, len(text) - _OVERLAP), step)
    )


def _analyzer() -> Any:
    os.environ.setdefault("REGEX_TIMEOUT_SECONDS", "1")  # read when Presidio is imported; its default is a minute
    try:
        spacy, presidio = import_module("spacy"), import_module("presidio_analyzer")
        engines = import_module("presidio_analyzer.nlp_engine")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed; expected presidio-analyzer: {to_install('pii')}; or mask without it"
        ) from error
    engine = engines.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": spacy.blank("en")}
    registry = presidio.RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    for name in LEFT_OUT:
        registry.remove_recognizer(name)
    return presidio.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
