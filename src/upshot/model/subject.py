"""An arm that is asked: summaries of dialogues, or how likely it finds a summary; no text is given to it twice.

Answers lie beside the arm under a hash of what was asked and of everything that the arm consists of. A question that
was asked before costs nothing, and one that was interrupted goes on at its batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from upshot.errors import ModelError, StoppedError
from upshot.events import Event, Stop, Tell
from upshot.lineage import spoken_by, weights_folder
from upshot.model.device import accelerator_for
from upshot.model.engine import Engine, open_engine, transformers_engine
from upshot.model.generate import generation_batches
from upshot.model.likelihood import likelihood_batch, likelihood_batches, with_summaries
from upshot.model.place import ModelRef, model_hash
from upshot.model.queries import encode_queries
from upshot.model.start import base_for, base_of, model_to_predict
from upshot.recipe import Arm, Recipe
from upshot.records import Dialogue, Encoded, Row, load_lines, whole_lines
from upshot.rundir import RunDir, append_line, drop_cut_line, lines_of, read_json, read_text, value_sha256
from upshot.wording import Wording, wording


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask: for a summary of a dialogue, or how likely a given one is. `key` names arm and texts."""

    key: str
    id: str
    dialogue: str
    summary: str | None = None


@dataclass(slots=True)
class Subject:
    """An arm of a run with the answers that it has given; its model is loaded once something has to be asked.

    How likely a summary is, is asked of the weights themselves, whatever engine made the predictions.
    """

    run: RunDir
    recipe: Recipe
    name: str
    arm: Arm
    identity: str
    answers: dict[str, Any] = field(default_factory=dict)
    _loaded: tuple[Any, Any, Any] | None = None
    _engine: Engine | None = None

    @property
    def loaded(self) -> tuple[Any, Any, Any]:
        """Model, tokenizer and accelerator."""
        if self._loaded is None:
            base, weights = _origin(self.run, self.recipe, self.name, self.arm)
            accelerator = accelerator_for(self.arm.model)
            model, tokenizer = model_to_predict(base if weights is None else base_of(weights, base), weights)
            model.to(accelerator.device)
            self._loaded = model, tokenizer, accelerator
        return self._loaded

    @property
    def engine(self) -> Engine:
        """What made the arm's predictions."""
        if self._engine is None:
            if self.arm.predict.engine == "transformers":
                self._engine = transformers_engine(self.arm, *self.loaded)
            else:
                base, weights = _origin(self.run, self.recipe, self.name, self.arm)
                exported = self.run.exported(self.name, self.arm.predict.quantization)
                self._engine = open_engine(self.arm, base, weights, exported=exported)
        return self._engine

    def question(self, dialogue: Dialogue, summary: str | None = None) -> Question:
        """The question for a summary of the dialogue, or about this one."""
        key = value_sha256([self.identity, dialogue.id, dialogue.text, summary])[:24]
        return Question(key, dialogue.id, dialogue.text, summary)

    def keep(self, answers: Mapping[str, Any]) -> None:
        """Add answers, and write them down."""
        append_line(_log(self.run, self.name), {"answers": answers})
        self.answers |= answers


def subject_of(run: RunDir, recipe: Recipe, name: str, arm: Arm) -> Subject:
    """An arm that has predicted, as its stored predictions were made, with its earlier answers.

    Raises:
        ModelError: it has no predictions yet, or was changed since.
    """
    made_by = read_json(run.arm(name) / "predictions.inputs.json")
    if not made_by or not run.predictions(name, "test").exists():
        raise ModelError(f"arm '{name}' has no predictions yet; upshot predict makes them")
    base, weights = _origin(run, recipe, name, arm)
    manifest = value_sha256(read_json(weights / "MANIFEST.json")) if weights else None
    now = spoken_by(arm) | {"base": model_hash(base), "weights": manifest}
    if any(made_by.get(key) != now.get(key) for key in (*now, "predict")):
        raise ModelError(f"arm '{name}' was changed after it predicted; upshot predict makes its predictions anew")
    # The splits in it name every dialogue of the run, but a probe asks some: a new test row changes no answer.
    identity = value_sha256({key: value for key, value in made_by.items() if key != "dialogues"})
    return Subject(run, recipe, name, arm, identity, _earlier_answers(_log(run, name)))


def ask(subject: Subject, questions: Sequence[Question], part: str, *, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Answers by key: a text, or for a question with a summary its mean log-probability. `part` names them in events.

    The questions are all of one of the two forms. Raises:
        StoppedError: a signal asked for the end; what was answered is kept.
    """
    wanted = {question.key: question for question in questions}
    missing = [question for key, question in wanted.items() if key not in subject.answers]
    if missing:
        done = len(wanted) - len(missing)
        _check_signal(stop, subject.name)
        for answers in _answers(subject, missing):
            subject.keep(answers)
            done += len(answers)
            facts = {"arm": subject.name, "split": part, "done": done, "total": len(wanted)}
            tell(Event("predicted", subject.name, facts))
            if done < len(wanted):
                _check_signal(stop, subject.name)
    return {key: subject.answers[key] for key in wanted}


def _check_signal(stop: Stop, name: str) -> None:
    signal = stop()
    if signal is not None:
        said = f"stopped while probing '{name}'; what was asked is kept, the same command continues"
        raise StoppedError(said, signal_number=signal)


def _origin(run: RunDir, recipe: Recipe, name: str, arm: Arm) -> tuple[ModelRef, Path | None]:
    pool = load_lines(read_text(run.split("train")), Row)
    texts = (f"{row.dialogue}\n{row.summary}" for row in pool)
    return base_for(run.root / "base", arm.model, texts, recipe.seed), weights_folder(run, name, arm)


def _log(run: RunDir, name: str) -> Path:
    return run.arm(name) / "probe.jsonl"


def _earlier_answers(path: Path) -> dict[str, Any]:
    """Answers in a log."""
    drop_cut_line(path)
    return {key: value for line in whole_lines(lines_of(path)) for key, value in line["answers"].items()}


def _answers(subject: Subject, questions: Sequence[Question]) -> Iterator[dict[str, Any]]:
    """Answers batch by batch."""
    pool = load_lines(read_text(subject.run.split("train")), Row)
    # Each dialogue is read once, however many summaries of it are rated.
    unlike = list(dict.fromkeys((question.id, question.dialogue) for question in questions))
    rating = questions[0].summary is not None
    tokenizer = subject.loaded[1] if rating else subject.engine.tokenizer
    sources, _ = encode_queries(unlike, subject.arm, pool, tokenizer)
    by_text = dict(zip(unlike, sources, strict=True))
    found = [by_text[question.id, question.dialogue] for question in questions]
    return (_rated if rating else _generated)(subject, questions, found)


def _rated(subject: Subject, questions: Sequence[Question], sources: Sequence[Encoded]) -> Iterator[dict[str, Any]]:
    model, tokenizer, accelerator = subject.loaded
    asked = [(item.key, _wording(subject, item).learned(item.summary or "")) for item in questions]
    encoded = with_summaries(sources, asked, tokenizer)
    for batch in likelihood_batches(encoded, subject.arm.generation.batch_tokens):
        with accelerator.autocast():
            values = likelihood_batch(model, tokenizer, batch)
        yield {item.id: round(value, 6) for item, value in zip(batch, values, strict=True)}


def _generated(subject: Subject, questions: Sequence[Question], sources: Sequence[Encoded]) -> Iterator[dict[str, Any]]:
    by_key = {question.key: question for question in questions}
    encoded = [replace(source, id=question.key) for question, source in zip(questions, sources, strict=True)]
    for number, batch in enumerate(generation_batches(encoded, subject.arm.generation)):
        made = subject.engine.generate(batch, (subject.arm.seed or 0) * 1_000_003 + number)
        yield {item.id: _wording(subject, by_key[item.id]).restored(item.prediction) for item in made}


def _wording(subject: Subject, question: Question) -> Wording:
    return wording(question.dialogue, subject.arm.prompt)
