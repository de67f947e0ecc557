"""Summaries that people have marked as right or wrong: published sets and one's own, each known by its layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from upshot.analysis.labelled_rows import LabelledFile, LabelledRow, header_of, read_labelled
from upshot.data.files import as_path
from upshot.data.notices import counted, shown
from upshot.errors import DataError, UsageError

# SummEdits writes a line end as " . "; only before a name and a colon is that certain.
_LINE_END: Final = re.compile(r"\s+\.\s+(?=(?:(?:Dr|Mrs?|Ms|Prof)\. )?[^\W\d_][^:.?!]{0,39}: )")
_FACEVAL_KINDS: Final = ("SubObjE", "ProE", "NegE", "ParE", "HalE", "OtherE")
_MTS_SUMMARIES: Final = ("ID", "Dialogue", "Reference Summary", "Automatic Summary")
_MTS_SCORES: Final = ("FactualPrecision", "HallucinationRate", "OmissionRate")


@dataclass(frozen=True, slots=True)
class Annotated:
    """One summary with what people say of it: `erroneous` or not, and the kinds of error in the words of its set.

    The text of the dialogue has one turn a line; `reference` is empty where the set has none. With `omissions` the
    label is about facts that are missing, else about facts that are wrong.
    """

    id: str
    dialogue_text: str
    summary: str
    erroneous: bool
    kinds: tuple[str, ...]
    set_name: str
    reference: str = ""
    omissions: bool = False


class Layout(NamedTuple):
    """A form that files of labelled summaries have: the columns by which it is known, and what reads it.

    The second argument of `build` are files of manual scores that were named together with the summaries.
    """

    name: str
    columns: tuple[str, ...]
    build: Callable[[LabelledFile, Sequence[LabelledFile]], Iterator[Annotated]]


def read_annotated(paths: Sequence[Path]) -> tuple[Annotated, ...]:
    """Labelled summaries of all files, in their order; a layout is recognised by its columns and never guessed.

    The manual scores of MTS-Dialog are found beside its summaries, unless they are among `paths` themselves.

    Raises:
        UsageError: a file named twice, or manual scores without their summaries.
        DataError: a file that cannot be read or has no known layout, or a row whose label cannot be read.
    """
    places = [as_path(path) for path in paths]
    twice = next((place for n, place in enumerate(places) if place in places[:n]), None)
    if twice is not None:
        raise UsageError(f"{shown(str(twice))}: is named twice")
    files = [read_labelled(place) for place in places]
    scores = [file for file in files if file.has(_MTS_SCORES)]
    layouts = [(file, _layout_of(file)) for file in files if not file.has(_MTS_SCORES)]
    if scores and not any(layout.name == "MTS-Dialog" for _, layout in layouts):
        said = f"holds manual scores alone; name the file of their summaries ({', '.join(_MTS_SUMMARIES)})"
        raise UsageError(f"{scores[0].name}: {said}")
    return tuple(item for file, layout in layouts for item in layout.build(file, scores))


def _layout_of(file: LabelledFile) -> Layout:
    for layout in LAYOUTS:
        if file.has(layout.columns):
            return layout
    known = "; ".join(f"{layout.name} ({', '.join(layout.columns)})" for layout in LAYOUTS)
    found = shown(", ".join(file.columns)) or "none that all records share"
    raise DataError(f"{file.name}: no known layout of labelled summaries; found columns {found}; expected {known}")


def _summedits(file: LabelledFile, _: Sequence[LabelledFile]) -> Iterator[Annotated]:
    """Label 1 says consistent. The summary before its edits is no reference: right ones differ from it by a word."""
    set_name = f"SummEdits {file.path.stem.removeprefix('summedits_')}"
    for row in file.rows:
        text, wrong = _LINE_END.sub("\n", row.filled("doc")), not row.mark("label")
        yield Annotated(_id_of(row), text, row.text("summary"), wrong, row.names("edit_types"), set_name)


def _mts_dialog(file: LabelledFile, scores: Sequence[LabelledFile]) -> Iterator[Annotated]:
    """First all summaries labelled by facts that are wrong, then again by facts that are missing, as sets apart.

    Wrong: HallucinationRate > 0 or FactualPrecision < 1. Missing: OmissionRate > 0; below 0 it was not scored.
    """
    pairs = list(zip(file.rows, _manual_scores(file, scores).rows, strict=True))
    facts = [_mts_facts(row, score) for row, score in pairs]
    yield from facts
    for item, (_, score) in zip(facts, pairs, strict=True):
        missing = score.measure("OmissionRate")
        if missing >= 0:
            kinds = ("omission",) if missing > 0 else ()
            name = f"{item.set_name}, omissions"
            yield replace(item, erroneous=missing > 0, kinds=kinds, set_name=name, omissions=True)


def _mts_facts(row: LabelledRow, score: LabelledRow) -> Annotated:
    added, precision = score.measure("HallucinationRate"), score.measure("FactualPrecision")
    kinds = tuple(name for name, found in (("hallucination", added > 0), ("imprecise", precision < 1)) if found)
    name, text, summary = f"{row.text('ID')}-{row.number}", row.filled("Dialogue"), row.text("Automatic Summary")
    return Annotated(name, text, summary, bool(kinds), kinds, "MTS-Dialog", reference=row.text("Reference Summary"))


def _manual_scores(file: LabelledFile, named: Sequence[LabelledFile]) -> LabelledFile:
    """The one file of scores: among those named, else among the CSV files of the same folder."""
    beside = sorted(file.path.parent.glob("*.csv"))
    found = list(named) or [read_labelled(path) for path in beside if set(_MTS_SCORES) <= set(header_of(path))]
    if len(found) != 1:
        names = ", ".join(shown(item.name) for item in found) or "none"
        wanted = f"one CSV file with {', '.join(_MTS_SCORES)}, named too or beside it"
        raise DataError(f"{file.name}: its manual scores are missing: found {names}, expected {wanted}")
    if len(found[0].rows) != len(file.rows):
        rows = counted(len(found[0].rows), "row")
        raise DataError(f"{found[0].name}: {rows} of scores for the {counted(len(file.rows), 'row')} of {file.name}")
    return found[0]


def _faceval(file: LabelledFile, _: Sequence[LabelledFile]) -> Iterator[Annotated]:
    """The human summary of a dialogue is the reference of the others, and is itself one of those judged."""
    human = {row.text("DocID"): row.text("Summary") for row in file.rows if row.text("Model") == "human_ref"}
    for row in file.rows:
        model, key = row.text("Model"), row.text("DocID")
        kinds = tuple(kind for kind in _FACEVAL_KINDS if row.mark(kind))
        text, summary, wrong = row.filled("Dialogue"), row.text("Summary"), row.mark("w/ Error")
        reference = "" if model == "human_ref" else human.get(key, "")
        yield Annotated(f"{key}-{model}", text, summary, wrong, kinds, "FacEval", reference=reference)


def _diasumfact(file: LabelledFile, _: Sequence[LabelledFile]) -> Iterator[Annotated]:
    """A summary is erroneous where one of its sentences has a class other than "No Error"."""
    for row in file.rows:
        try:
            yield from _diasumfact_models(row)
        except (KeyError, TypeError, AttributeError):
            wanted = "{MODEL: {model_prediction, sentence_annotations: [{annotation: [{error_class, ...}]}]}}"
            raise row.fault("annotations", wanted) from None


def _diasumfact_models(row: LabelledRow) -> Iterator[Annotated]:
    text = "\n".join(_with_capitals(turn) for turn in row.values["utterances"])
    set_name, reference = f"DIASUMFACT {row.text('dataset_name')}", str(row.values.get("target_summary", ""))
    for model, judged in row.values["annotations"].items():
        marks = [mark for sentence in judged["sentence_annotations"] for mark in sentence["annotation"]]
        wrong = [mark for mark in marks if mark["error_class"] != "No Error"]
        origins = [mark["intrinsic/extrinsic"] for mark in wrong if mark["intrinsic/extrinsic"] != "n/a"]
        kinds = tuple(dict.fromkeys([*(mark["error_class"] for mark in wrong), *origins]))
        name, summary = f"{_id_of(row)}-{model}", judged["model_prediction"]
        yield Annotated(name, text, summary, bool(wrong), kinds, set_name, reference=reference)


def _with_capitals(turn: str) -> str:
    """The turn with capitals in its speaker's name: several words in lower case before a colon are not read as one."""
    name, colon, said = turn.partition(": ")
    return f"{name.title()}{colon}{said}" if colon else turn


def _circumstantial(file: LabelledFile, _: Sequence[LabelledFile]) -> Iterator[Annotated]:
    """One set for each origin. Some dialogues have their apostrophes doubled, as SQL writes them."""
    for row in file.rows:
        name, set_name = f"{row.text('docid')}-{row.text('model')}", f"circumstantial inference {row.text('origin')}"
        text, wrong = row.filled("dialogue").replace("''", "'"), row.mark("factual_error")
        kinds = tuple(dict.fromkeys((*row.names("linguistic_categories"), *row.names("error_type"))))
        yield Annotated(name, text, row.text("summary"), wrong, kinds, set_name)


def _your_own(file: LabelledFile, _: Sequence[LabelledFile]) -> Iterator[Annotated]:
    """`id`, `kinds` (a list, or names between semicolons) and `reference` may be there; the set is the file."""
    for row in file.rows:
        kinds = row.values.get("kinds", "")
        names = kinds.split(";") if isinstance(kinds, str) else row.names("kinds")
        found = tuple(name.strip() for name in names if name.strip())
        text, summary, wrong = row.filled("dialogue"), row.text("summary"), row.mark("erroneous")
        reference = row.text("reference") if row.values.get("reference") else ""
        yield Annotated(_id_of(row), text, summary, wrong, found, file.path.stem, reference=reference)


def _id_of(row: LabelledRow) -> str:
    return str(row.values.get("id", row.number))


# As published: salesforce/factualNLG (SummEdits), abachaa/MTS-Dialog (correlation study), BinWang28/FacEval at
# 1ef1bfb8, 731935354/Dia-Sum-Fact at 42d7c39a, sanjanaramprasad/circumstantial_inference at f16cb040.
LAYOUTS: Final = (
    Layout("SummEdits", ("doc", "summary", "label", "edit_types"), _summedits),
    Layout("MTS-Dialog", _MTS_SUMMARIES, _mts_dialog),
    Layout("FacEval", ("DocID", "Dialogue", "Model", "Summary", *_FACEVAL_KINDS, "w/ Error"), _faceval),
    Layout("DIASUMFACT", ("utterances", "dataset_name", "annotations"), _diasumfact),
    Layout(
        "circumstantial inference",
        ("docid", "model", "summary", "factual_error", "error_type", "dialogue", "origin", "linguistic_categories"),
        _circumstantial,
    ),
    Layout("your own", ("dialogue", "summary", "erroneous"), _your_own),
)
