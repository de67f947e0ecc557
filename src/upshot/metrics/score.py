"""One prediction scored against its dialogue, and a whole split of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Final

from upshot.errors import DataError
from upshot.metrics.rouge import has_no_words, rouge1, rouge2, rouge_l, rouge_lsum
from upshot.metrics.surface import chrf, count_words, novelty, repetition
from upshot.records import Dialogue, Score

# Each is (prediction, reference) -> 0..1, and stands in a Score as mean, max and first.
METRICS: Final[Mapping[str, Callable[[str, str], float]]] = {
    "rouge1": rouge1,
    "rouge2": rouge2,
    "rougeL": rouge_l,
    "rougeLsum": rouge_lsum,
    "chrf": chrf,
}
# These belong to the prediction and have one value a dialogue, whatever the reference.
TRAITS: Final = ("length_ratio", "novelty", "repetition")


def score_dialogue(dialogue: Dialogue, prediction: str) -> Score:
    """Scores of one prediction; max is the best reference of each metric by itself, first is reference 1 alone.

    `length_ratio` (words of the prediction by mean words of the references, not bounded by 1), `novelty` and
    `repetition` stand as the same value in all three. Without the dialogue's text there is no novelty.

    Raises:
        DataError: the dialogue has no reference.
    """
    if not dialogue.references:
        raise DataError(f"'{dialogue.id}' has no reference summary (needed here; predict works without it)", code="D35")
    score = score_pairs(dialogue.id, [(prediction, reference) for reference in dialogue.references])
    return with_trait(score, "novelty", novelty(prediction, dialogue.text)) if dialogue.text else score


def score_pairs(name: str, pairs: Sequence[tuple[str, str]]) -> Score:
    """Scores of the (prediction, reference) pairs of one dialogue, at least one; without novelty, which needs its text.

    For one prediction and several references these are the scores of `score_dialogue`. Where each row was generated
    anew, as the origin notebooks do, each prediction meets the reference of its own row.
    """
    values = {metric: [score(mine, theirs) for mine, theirs in pairs] for metric, score in METRICS.items()}
    words = fmean(count_words(mine) for mine, _ in pairs)
    reference_words = fmean(count_words(theirs) for _, theirs in pairs)
    score = Score(
        id=name,
        mean={metric: fmean(of_pairs) for metric, of_pairs in values.items()},
        max={metric: max(of_pairs) for metric, of_pairs in values.items()},
        first={metric: of_pairs[0] for metric, of_pairs in values.items()},
        words=round(words),
        reference_words=reference_words,
    )
    score = with_trait(score, "length_ratio", words / reference_words if reference_words else 0.0)
    return with_trait(score, "repetition", fmean(repetition(mine) for mine, _ in pairs))


def with_trait(score: Score, name: str, value: float) -> Score:
    """The score with one more value that does not depend on the reference."""
    added = {name: value}
    return Score(
        id=score.id,
        mean={**score.mean, **added},
        max={**score.max, **added},
        first={**score.first, **added},
        words=score.words,
        reference_words=score.reference_words,
    )


def without_words(dialogues: Sequence[Dialogue]) -> dict[str, int]:
    """How many references there are ("of"), and in how many ROUGE sees nothing ("n")."""
    references = [text for dialogue in dialogues for text in dialogue.references]
    return {"n": sum(map(has_no_words, references)), "of": len(references)}


def score_all(dialogues: Sequence[Dialogue], predictions: Mapping[str, str]) -> list[Score]:
    """Scores in the order of the dialogues, from predictions by dialogue id.

    Raises:
        DataError: a dialogue without a prediction (D53), a prediction without a dialogue (D54), or no reference (D35).
    """
    known = {dialogue.id for dialogue in dialogues}
    stranger = next((name for name in predictions if name not in known), None)
    if stranger is not None:
        raise DataError(f"prediction id '{stranger}' is not in the test split", code="D54")
    missing = next((dialogue.id for dialogue in dialogues if dialogue.id not in predictions), None)
    if missing is not None:
        counts = f"{len(predictions)} predictions for {len(dialogues)} references"
        raise DataError(f"{counts}; first missing id: {missing}", code="D53")
    return [score_dialogue(dialogue, predictions[dialogue.id]) for dialogue in dialogues]
