"""Slices of the test split: bins from the data, reasons where there are none, and the training rows of a slice."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_data import shared
from upshot.analysis.slices import SLICES, Slicing, slice_cells, slicings, training_rows
from upshot.analysis.terms import Corpus, corpus_of
from upshot.comparison import Draws
from upshot.data.sources import load_splits
from upshot.data.splits import join_rows
from upshot.data.tables import read_rows
from upshot.recipe import DataSettings
from upshot.records import Dialogue, Row

NO_TRAINING = Corpus(0, {})
DRAWS = Draws(resamples=300, seed=7)


def talk(
    number: int, turns: int = 2, *, topic: str = "", people: int = 2, notes: dict[str, Any] | None = None
) -> Dialogue:
    """A dialogue of so many turns."""
    text = "\n".join(f"{'ABCDEF'[turn % people]}: word{number}" for turn in range(turns))
    return Dialogue(f"t{number}", text, ("They talk.",), (f"t{number}",), topic, notes or {})


def sliced(dialogues: Sequence[Dialogue], name: str, corpus: Corpus = NO_TRAINING, cut: Sequence[str] = ()) -> Slicing:
    """The slicing of this name, which there must be."""
    found, reasons = slicings(dialogues, corpus, cut)
    assert name not in reasons, reasons
    return next(item for item in found if item.name == name)


def sizes(slicing: Slicing) -> dict[str, int]:
    """Dialogues a slice, in the order of the slices."""
    count = Counter(slicing.labels.values())
    assert set(count) == set(slicing.values)
    return {label: count[label] for label in slicing.values}


def builtin() -> tuple[list[Dialogue], list[Row]]:
    """The test and the training split of the built-in conversations."""
    splits = load_splits(DataSettings(), 13).splits
    return list(splits.test), list(splits.train)


def test_numbers_are_cut_into_about_equal_thirds() -> None:
    dialogues = [talk(number, 2 + number) for number in range(90)]
    assert sizes(sliced(dialogues, "turns")) == {"2-31": 30, "32-61": 30, "62-91": 30}
    assert sizes(sliced(dialogues, "position")) == {"1-30": 30, "31-60": 30, "61-90": 30}


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.integers(1, 12), min_size=2, max_size=40))
def test_every_number_has_one_bin_and_equals_share_it(lengths: list[int]) -> None:
    found, reasons = slicings([talk(number, turns) for number, turns in enumerate(lengths)], NO_TRAINING, ())
    slicing = next((item for item in found if item.name == "turns"), None)
    if slicing is None:
        assert len(set(lengths)) == 1
        assert "turns" in reasons
        return
    assert 2 <= len(slicing.values) <= 3
    for number, turns in enumerate(lengths):
        low, _, high = slicing.labels[f"t{number}"].partition("-")
        assert int(low) <= turns <= int(high or low)
        assert [turns in members for members in slicing.bins.values()].count(True) == 1


def test_a_common_number_is_not_torn_apart() -> None:
    dialogues = [talk(number, 4, people=3 if number < 4 else 2) for number in range(60)]
    assert sizes(sliced(dialogues, "speakers")) == {"2": 56, "3": 4}


def test_the_eight_largest_topics_stand_alone_and_the_rest_together() -> None:
    topics = [f"topic{letter}" for letter in "abcdefghij" for _ in range("jihgfedcba".index(letter) + 1)]
    dialogues = [talk(number, topic=topic) for number, topic in enumerate([*topics, ""])]
    found = sizes(sliced(dialogues, "topic"))
    assert list(found) == [f"topic{letter}" for letter in "abcdefgh"] + ["other", "unknown"]
    assert (found["topica"], found["other"], found["unknown"]) == (10, 3, 1)


def test_truncation_separates_what_an_arm_did_not_see_whole() -> None:
    assert sizes(sliced([talk(number) for number in range(5)], "truncation", cut=["t1", "t4"])) == {
        "whole": 3,
        "cut": 2,
    }


def test_rare_words_are_binned_in_per_cent() -> None:
    corpus = corpus_of(["A: usual words", "B: usual words too"])
    texts = ["A: usual", "A: usual odd", "A: odd queer"]
    dialogues = [Dialogue(text, text, ("x",), (text,)) for text in texts]
    assert sliced(dialogues, "rare-words", corpus).labels == dict(zip(texts, ["0%", "1-50%", "51-100%"], strict=True))


def test_what_cannot_be_measured_says_why() -> None:
    found, reasons = slicings([talk(number, 2 + number) for number in range(6)], NO_TRAINING, ())
    assert {item.name for item in found} | set(reasons) == set(SLICES)
    assert not {item.name for item in found} & set(reasons)
    assert reasons["indirect"] == "only the built-in conversations mark what is said indirectly"
    assert reasons["domain"] == "the data names no domains"
    assert reasons["topic"] == "the data has no topics"
    assert reasons["truncation"] == "the same for all dialogues: whole"
    assert reasons["rare-words"] == "no words, or no training split to count them in"
    _, reasons = slicings([talk(number, topic=f"topic{number}") for number in range(6)], NO_TRAINING, ())
    assert reasons["topic"] == "no two dialogues share a topic"


def test_the_built_in_rows_have_domains_and_an_indirect_mark() -> None:
    test, train = builtin()
    corpus = corpus_of(row.dialogue for row in train)
    assert sizes(sliced(test, "indirect", corpus)) == {"direct": 26, "indirect": 24}
    domains = sizes(sliced(test, "domain", corpus))
    assert len(domains) == 10
    assert set(domains.values()) == {5}


def test_a_slice_has_each_arms_mean_and_the_paired_differences() -> None:
    dialogues = [talk(number, 2 if number < 30 else 9) for number in range(50)]
    full = {item.id: 0.5 + 0.01 * (number % 7) for number, item in enumerate(dialogues)}
    scores = {"full": full, "lora": {name: value - 0.1 for name, value in full.items()}}
    clusters = {item.id: item.id for item in dialogues}
    short, long = slice_cells(sliced(dialogues, "turns"), scores, clusters, DRAWS)
    assert [(cell["slice"], cell["value"], cell["n"], cell["small"]) for cell in (short, long)] == [
        ("turns", "2", 30, False),
        ("turns", "3-9", 20, True),
    ]
    mean = sum(full[f"t{number}"] for number in range(30, 50)) / 20
    assert long["arms"]["full"]["mean"] == pytest.approx(mean)
    assert long["arms"]["full"]["ci95"][0] < mean < long["arms"]["full"]["ci95"][1]
    (pair,) = long["pairs"]
    assert (pair["a"], pair["b"]) == ("full", "lora")
    assert [pair["difference"], *pair["ci95"]] == pytest.approx([0.1, 0.1, 0.1])  # the same for every dialogue


def test_copies_of_a_dialogue_do_not_make_a_slice_large() -> None:
    dialogues = [talk(number, 2 if number < 30 else 9) for number in range(60)]
    scores = {"full": {item.id: 0.5 for item in dialogues}}
    clusters = {item.id: f"t{number % 10 if number < 30 else number}" for number, item in enumerate(dialogues)}
    copied, different = slice_cells(sliced(dialogues, "turns"), scores, clusters, DRAWS)
    assert (copied["small"], different["small"]) == (True, False)


def test_training_rows_fall_into_the_bins_of_the_test_split() -> None:
    slicing = sliced([talk(number, 2 + number) for number in range(9)], "turns")
    assert slicing.values == ("2-4", "5-7", "8-10")
    rows = [Row(f"r{turns}", talk(0, turns).text, "x") for turns in (1, 4, 5, 6, 7, 8, 11)]
    assert [row.id for row in training_rows(slicing, "5-7", rows, NO_TRAINING)] == ["r5", "r6", "r7"]


def test_built_in_training_rows_are_shared_out_by_every_slice_that_they_can_fall_into() -> None:
    test, train = builtin()
    corpus = corpus_of(row.dialogue for row in train)
    found = [item for item in slicings(test, corpus, ())[0] if SLICES[item.name].of_training]
    assert {item.name for item in found} >= {"words", "turns", "speakers", "domain", "rare-words", "indirect"}
    for slicing in found:
        parts = [training_rows(slicing, label, train, corpus) for label in slicing.values]
        ids = [row.id for part in parts for row in part]
        assert len(ids) == len(set(ids)) >= 0.9 * len(train), slicing.name
        assert all(parts), slicing.name


def test_dialogsum_has_slices_that_are_large_enough_to_read() -> None:
    dialogues = join_rows(read_rows(shared("data/dialogsum/test.csv"))[0])
    for name in ("words", "turns", "position"):
        found = sizes(sliced(dialogues, name))
        assert len(found) == 3
        assert min(found.values()) >= 100, found
    assert list(sizes(sliced(dialogues, "topic")))[:3] == ["job interview", "borrow money", "order food"]
