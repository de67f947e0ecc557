"""Texts compared by their words."""

import csv
from collections import Counter

from shared_data import shared
from upshot.records import Dialogue
from upshot.text import clusters_of, normalised, without_tags


def dialogue(name: str, text: str) -> Dialogue:
    return Dialogue(name, text, (), ())


def test_speaker_tags_in_any_spelling_are_removed():
    assert without_tags("#Person1#: Hi # Person 2 # there").split() == ["Hi", "there"]


def test_case_spacing_and_punctuation_do_not_count():
    assert normalised("#Person1#:  Well, it's\n9:30!") == normalised("well it s 9 30") == "well it s 9 30"


def test_a_copy_joins_the_first_dialogue_with_its_words():
    found = clusters_of([dialogue("a", "#Person1#: Hi!"), dialogue("b", "Ho"), dialogue("c", "#Person2#: hi")])
    assert found == {"a": "a", "b": "b", "c": "a"}


def test_dialogues_in_another_script_are_not_all_one():
    found = clusters_of([dialogue("a", "你好 1"), dialogue("b", "再见 1"), dialogue("c", "你好 1")])
    assert found == {"a": "a", "b": "b", "c": "a"}


def test_the_known_duplicates_of_dialogsum_are_found():
    with shared("data/dialogsum/train.csv").open(encoding="utf-8-sig", newline="") as file:
        counts = Counter(normalised(row["dialogue"]) for row in csv.DictReader(file))
    assert (len(counts), sum(count > 1 for count in counts.values())) == (11_348, 1_056)


def test_the_two_duplicate_pairs_of_the_dialogsum_test_are_clusters():
    with shared("data/dialogsum/test.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = {row["id"].rsplit("_", 1)[0]: row["dialogue"] for row in csv.DictReader(file)}
    joined = clusters_of([dialogue(*item) for item in texts.items()])
    pairs = {name: first for name, first in joined.items() if name != first}
    assert pairs == {"test_337": "test_173", "test_437": "test_305"}
