"""CTranslate2, an engine that generates faster than torch on a CPU; this module itself needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from upshot.answers.certainty import Detail
from upshot.errors import ModelError, to_install
from upshot.model.detail import detail_of
from upshot.model.tokens import Tokenizer, decode
from upshot.recipe import GenerationSettings
from upshot.records import Encoded, Prediction
from upshot.rundir import read_json

SEED: Final = 13  # of sampled summaries
SAMPLED_FROM: Final = 50  # likeliest tokens that each one is drawn from
ROWS: Final = 16  # prompts that a worker decodes at once: more would wait for the longest of them


def library() -> Any:
    """The module ctranslate2.

    Raises:
        ModelError: it is not installed.
    """
    try:
        import ctranslate2
    except ImportError:
        raise ModelError(f"CTranslate2 is not installed: {to_install('ct2')}; or use engine transformers") from None
    return ctranslate2


def open_translator(folder: Path, *, quantization: str, workers: int = 1, threads: int = 1) -> Any:
    """A translator over an exported model on the CPU: `workers` batches at a time, `threads` for each.

    Raises:
        ModelError: the library is missing, or the processor does not know the quantization.
    """
    try:
        return library().Translator(
            str(folder), device="cpu", compute_type=quantization, inter_threads=workers, intra_threads=threads
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{folder}: CTranslate2 cannot open it ({str(error).splitlines()[0]})") from None


def translate(
    translator: Any, tokenizer: Tokenizer, batch: Sequence[Encoded], *, settings: GenerationSettings, shortest: int = 1
) -> list[Prediction]:
    """Predictions of a batch in its order, greedy or with beams; log-probabilities are those of the plain model.

    `shortest` is the fewest tokens of an output before its end.
    """
    sources = pieces((item.input_ids for item in batch), tokenizer)
    if settings.beams == 1 and not settings.no_repeat_ngram and shortest == 1:
        outputs, means = _greedy(translator, sources, settings)
    else:
        outputs = _decoded(translator, sources, settings, shortest=shortest)
        means = mean_logprobs(translator, sources, outputs, max_tokens=settings.max_new_tokens)
    return _predictions(batch, outputs, means, tokenizer, longest=settings.max_new_tokens)


def translate_detailed(
    translator: Any, tokenizer: Tokenizer, batch: Sequence[Encoded], *, settings: GenerationSettings, shortest: int = 1
) -> list[tuple[Prediction, Detail]]:
    """What `translate` gives, each with how sure every word was and with the other beams' texts."""
    sources = pieces((item.input_ids for item in batch), tokenizer)
    found = _search(translator, sources, settings, shortest=shortest, kept=settings.beams)
    outputs = [result.hypotheses[0] for result in found]
    logprobs = token_logprobs(translator, sources, outputs, max_tokens=settings.max_new_tokens)
    means = [sum(values) / len(values) for values in logprobs]
    made = _predictions(batch, outputs, means, tokenizer, longest=settings.max_new_tokens)
    beams = ([tokenizer.convert_tokens_to_ids(output) for output in result.hypotheses] for result in found)
    return [(item, detail_of(ids, values, tokenizer)) for item, ids, values in zip(made, beams, logprobs, strict=True)]


def pieces(ids: Iterable[Sequence[int]], tokenizer: Tokenizer) -> list[list[str]]:
    """Token ids as the vocabulary's strings, which is how CTranslate2 takes them."""
    return [tokenizer.convert_ids_to_tokens(list(row)) for row in ids]


def sampled(
    folder: Path, tokenizer: Tokenizer, item: Encoded, *, settings: GenerationSettings, count: int
) -> list[str]:
    """Texts drawn from the likeliest tokens, the same each time.

    The library seeds its generators when a worker starts, so a translator of one worker is opened anew.
    """
    library().set_random_seed(SEED)
    quantization = read_json(folder / "export.json")["made_from"]["quantization"]
    translator = open_translator(folder, quantization=quantization)
    results = translator.translate_batch(
        pieces([item.input_ids] * count, tokenizer),
        max_batch_size=1,
        max_input_length=0,
        beam_size=1,
        sampling_topk=SAMPLED_FROM,
        max_decoding_length=settings.max_new_tokens,
        min_decoding_length=1,
        no_repeat_ngram_size=settings.no_repeat_ngram,
    )
    return decode([tokenizer.convert_tokens_to_ids(result.hypotheses[0]) for result in results], tokenizer)


def mean_logprobs(
    translator: Any, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]], *, max_tokens: int
) -> list[float]:
    """Mean log-probability of each target's pieces and its end, teacher-forced; of `max_tokens` pieces without end."""
    found = token_logprobs(translator, sources, targets, max_tokens=max_tokens)
    return [sum(values) / len(values) for values in found]


def token_logprobs(
    translator: Any, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]], *, max_tokens: int
) -> list[list[float]]:
    """Log-probabilities of each target's pieces and its end, teacher-forced; of `max_tokens` pieces without end."""
    scored = translator.score_batch(sources, targets, max_batch_size=ROWS, max_input_length=0)
    return [
        result.log_probs[:max_tokens] if len(target) >= max_tokens else result.log_probs
        for target, result in zip(targets, scored, strict=True)
    ]


def _predictions(
    batch: Sequence[Encoded],
    outputs: Sequence[list[str]],
    means: Sequence[float],
    tokenizer: Tokenizer,
    *,
    longest: int,
) -> list[Prediction]:
    texts = decode([tokenizer.convert_tokens_to_ids(output) for output in outputs], tokenizer)
    made = []
    for item, output, text, mean in zip(batch, outputs, texts, means, strict=True):
        capped = len(output) >= longest
        made.append(
            Prediction(
                id=item.id,
                prediction=text,
                tokens=len(output) + (not capped),
                hit_cap=capped,
                logprob=round(mean, 6),
                prompt_tokens=len(item.input_ids),
                truncated=item.truncated,
            )
        )
    return made


def _greedy(
    translator: Any, sources: Sequence[Sequence[str]], settings: GenerationSettings
) -> tuple[list[list[str]], list[float]]:
    """Greedy outputs with the scores that the search itself adds up, which saves a second pass over every batch.

    The search renormalises over what it may choose. So an end at once is allowed here, and what ended at once is
    decoded again: then the scores are the plain model's.
    """
    results = _search(translator, sources, settings, shortest=0)
    outputs = [result.hypotheses[0] for result in results]
    means = [result.scores[0] for result in results]
    empty = [index for index, output in enumerate(outputs) if not output]
    if empty:
        again = [sources[index] for index in empty]
        longer = _decoded(translator, again, settings, shortest=1)
        rated = mean_logprobs(translator, again, longer, max_tokens=settings.max_new_tokens)
        for index, output, mean in zip(empty, longer, rated, strict=True):
            outputs[index], means[index] = output, mean
    return outputs, means


def _decoded(
    translator: Any, sources: Sequence[Sequence[str]], settings: GenerationSettings, *, shortest: int
) -> list[list[str]]:
    return [result.hypotheses[0] for result in _search(translator, sources, settings, shortest=shortest)]


def _search(
    translator: Any, sources: Sequence[Sequence[str]], settings: GenerationSettings, *, shortest: int, kept: int = 1
) -> list[Any]:
    found: list[Any] = translator.translate_batch(
        sources,
        max_batch_size=ROWS,
        max_input_length=0,  # never cut here: what is cut was cut before, and counted
        beam_size=settings.beams,
        num_hypotheses=kept,
        no_repeat_ngram_size=settings.no_repeat_ngram,
        length_penalty=settings.length_penalty if settings.beams > 1 else 1.0,
        max_decoding_length=settings.max_new_tokens,
        min_decoding_length=shortest,
        return_scores=True,
    )
    return found
