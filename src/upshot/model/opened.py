"""An arm ready to summarise: through CTranslate2, without torch, where an export of its weights lies there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Lock
from typing import Final

from upshot.answers.certainty import Detail
from upshot.answers.long import AT_ONCE
from upshot.errors import ModelError, to_install
from upshot.model.cores import usable_cores
from upshot.model.ct2 import SAMPLED_FROM, library, open_translator, sampled, translate, translate_detailed
from upshot.model.found import Found
from upshot.model.place import ModelRef
from upshot.model.plain_tokenizer import plain_tokenizer
from upshot.model.tokens import Tokenizer
from upshot.recipe import GenerationSettings
from upshot.records import Encoded, Prediction
from upshot.rundir import read_json

SMALL: Final = 30_000_000  # parameters up to which a second thread costs more than it saves on one conversation

FEW: Final = 4  # prompts at once on a processor: more pad one another and take a fifth to two fifths longer


@dataclass(frozen=True, slots=True)
class Opened:
    """A loaded arm. `generate` takes prompts, a decoding and the fewest tokens of an output, and keeps the order.

    `detailed` gives the same with what the search tells beside. `sample` draws as many texts for one prompt, the same
    each time. `engine` says what computes, in which arithmetic; `at_once` is how many prompts it is best asked at once.
    """

    generate: Callable[[Sequence[Encoded], GenerationSettings, int], list[Prediction]]
    detailed: Callable[[Sequence[Encoded], GenerationSettings, int], list[tuple[Prediction, Detail]]]
    sample: Callable[[Encoded, GenerationSettings, int], list[str]]
    tokenizer: Tokenizer
    engine: str
    parameters: int
    close: Callable[[], None]
    at_once: int = AT_ONCE
    closed: Event = field(default_factory=Event)


def open_found(found: Found, *, threads: int | None = None) -> Opened:
    """The arm through CTranslate2 where it has an export and does not sample, else through transformers.

    Raises:
        ModelError: the weights are not there, damaged or of a kind that the engine does not know, or the engine's
            libraries are not installed.
    """
    alone = found.weights is None and found.base is None
    if found.export is not None and not found.generation.sample and (alone or find_spec("ctranslate2")):
        return _through_ct2(found.export, threads)
    if alone:
        raise ModelError(
            f"'{found.name}' samples, and its export has no weights for transformers; give the arm's folder"
        )
    if missing := [name for name in ("torch", "transformers") if find_spec(name) is None]:
        raise ModelError(
            f"{' and '.join(missing)}: not installed, and '{found.name}' has no export that CTranslate2 opens without; "
            f"{to_install('train,ct2')}"
        )
    return _through_transformers(found, threads)


def _through_ct2(folder: Path, threads: int | None) -> Opened:
    facts = read_json(folder / "export.json")
    quantization, parameters = facts["made_from"]["quantization"], int(facts["parameters"]["all"])
    tokenizer = plain_tokenizer(folder) if facts.get("plain_tokenizer", True) else None
    if tokenizer is None:
        from upshot.model.load import load_tokenizer

        tokenizer = load_tokenizer(ModelRef(str(folder)))
    threads = threads or (1 if parameters <= SMALL else usable_cores())
    translator = open_translator(folder, quantization=quantization, threads=threads)
    return Opened(
        generate=lambda batch, settings, shortest: translate(
            translator, tokenizer, batch, settings=settings, shortest=shortest
        ),
        detailed=lambda batch, settings, shortest: translate_detailed(
            translator, tokenizer, batch, settings=settings, shortest=shortest
        ),
        sample=lambda item, settings, count: sampled(folder, tokenizer, item, settings=settings, count=count),
        tokenizer=tokenizer,
        engine=f"CTranslate2 {library().__version__}, {quantization}",
        parameters=parameters,
        close=translator.unload_model,
        at_once=FEW,
    )


def _through_transformers(found: Found, threads: int | None) -> Opened:
    import torch
    import transformers

    from upshot.model.adapters import parameter_counts
    from upshot.model.device import accelerator_for, precision_of
    from upshot.model.generate import generate, generate_batch, generate_detailed, generation_batches
    from upshot.model.load import load_base
    from upshot.model.save import load_arm
    from upshot.recipe import ModelSettings

    if found.weights is not None:
        model, tokenizer, _ = load_arm(found.weights, found.base)
    else:
        assert found.base is not None
        model, tokenizer = load_base(found.base)
    accelerator = accelerator_for(ModelSettings.model_validate({}))
    if threads is not None:
        torch.set_num_threads(threads)
    model.to(accelerator.device)
    one_at_a_time = Lock()  # draws and beams' caches belong to one call

    def write(batch: Sequence[Encoded], settings: GenerationSettings, shortest: int) -> list[Prediction]:
        made: dict[str, Prediction] = {}
        with one_at_a_time, accelerator.autocast():
            for part in generate(model, tokenizer, batch, settings=settings, seed=0, shortest=shortest):
                made |= {item.id: item for item in part}
        return [made[item.id] for item in batch]

    def write_detailed(
        batch: Sequence[Encoded], settings: GenerationSettings, shortest: int
    ) -> list[tuple[Prediction, Detail]]:
        made: dict[str, tuple[Prediction, Detail]] = {}
        with one_at_a_time, accelerator.autocast():
            for number, part in enumerate(generation_batches(batch, settings)):
                found = generate_detailed(model, tokenizer, part, settings=settings, seed=number, shortest=shortest)
                made |= {item.id: (item, detail) for item, detail in found}
        return [made[item.id] for item in batch]

    def sample(item: Encoded, settings: GenerationSettings, count: int) -> list[str]:
        drawing = settings.model_copy(update={"sample": True, "beams": 1, "top_k": SAMPLED_FROM})
        with one_at_a_time, accelerator.autocast():
            made = generate_batch(model, tokenizer, [item] * count, settings=drawing, seed=0)
        return [prediction.prediction for prediction in made]

    engine = f"transformers {transformers.__version__}, {precision_of(accelerator)}"
    return Opened(write, write_detailed, sample, tokenizer, engine, parameter_counts(model)["all"], lambda: None)
