"""The seam of learned metrics: any function fits, nothing is asked twice, arms are compared in pairs."""

from collections.abc import Sequence

import pytest

from upshot.comparison import Draws
from upshot.metrics.learned import Answers, Scorer, learned_comparison, score_items
from upshot.records import Dialogue, Prediction

DIALOGUES = [Dialogue(f"d{n}", f"Ann: {n}\nBen: yes", ("Ann talks.", "Ben too."), (f"d{n}",)) for n in range(12)]
DRAWS = Draws(resamples=400, seed=1)


def predictions(words: int = 1) -> list[Prediction]:
    return [Prediction(item.id, "word " * words, 3, False, -0.1, 9, False) for item in DIALOGUES]


def length(
    needs: Sequence[str] = ("references",), **more: object
) -> tuple[Scorer, list[tuple[str, str, Sequence[str]]]]:
    """A scorer that counts words, and what it was asked."""
    asked: list[tuple[str, str, Sequence[str]]] = []

    def score(source: str, hypothesis: str, references: Sequence[str]) -> float:
        asked.append((source, hypothesis, references))
        return float(len(hypothesis.split()))

    return Scorer("length", frozenset(needs), score, {"version": 1}, **more), asked  # type: ignore[arg-type]


def test_a_scorer_sees_only_what_it_names_as_its_needs() -> None:
    scorer, asked = length(["source"])
    assert [item.values for item in score_items(scorer, DIALOGUES, predictions(), {})] == [(1.0,)] * 12
    assert asked[3] == (DIALOGUES[3].text, "word ", ())
    scorer, asked = length()
    list(score_items(scorer, DIALOGUES, predictions(), {}))
    assert asked[3] == ("", "word ", DIALOGUES[3].references)


def test_a_dialogue_without_what_it_needs_is_left_out() -> None:
    bare = [Dialogue(item.id, item.text, item.references[: int(item.id != "d4")], (item.id,)) for item in DIALOGUES]
    found = list(score_items(length()[0], bare, predictions(), {}))
    assert [item.id for item in found] == [f"d{n}" for n in range(12) if n != 4]


def test_known_answers_are_not_asked_again_and_changed_summaries_are() -> None:
    scorer, asked = length()
    first = list(score_items(scorer, DIALOGUES, predictions(), {}))
    known = {item.key: item.values for item in first}
    assert list(score_items(scorer, DIALOGUES, predictions(), known)) == first
    assert len(asked) == 12
    changed = [*predictions()[:-1], predictions(5)[-1]]
    assert list(score_items(scorer, DIALOGUES, changed, known))[-1].values == (5.0,)
    assert len(asked) == 13


def test_another_provenance_is_another_question() -> None:
    one, _ = length()
    other = Scorer(one.name, one.needs, one.score, {"version": 2})
    keys = [next(iter(score_items(scorer, DIALOGUES, predictions(), {}))).key for scorer in (one, other)]
    assert keys[0] != keys[1]


def test_a_scorer_with_repeats_is_asked_so_often_and_its_spread_is_shown() -> None:
    values = iter([0.0, 1.0] * 12)
    scorer = Scorer("coin", frozenset(), lambda *_: next(values), {}, repeats=2)
    found = list(score_items(scorer, DIALOGUES, predictions(), {}))
    assert found[0] == Answers("d0", found[0].key, (0.0, 1.0))
    cells = learned_comparison({"full": {item.id: item.values for item in found}}, {}, DRAWS)
    assert cells["arms"]["full"]["mean"] == 0.5
    assert cells["arms"]["full"]["spread"] == pytest.approx(2**-0.5)
    assert cells["pairs"] == []


def test_arms_are_compared_on_the_dialogues_that_both_have() -> None:
    better = {f"d{n}": (0.8 + n / 100,) for n in range(12)}
    worse = {f"d{n}": (0.5 + n / 100,) for n in range(10)}
    found = learned_comparison({"full": better, "lora": worse, "absent": {}}, {}, DRAWS)
    assert set(found["arms"]) == {"full", "lora"}
    assert found["arms"]["lora"]["n"] == 10
    assert found["arms"]["lora"]["spread"] is None
    (pair,) = found["pairs"]
    assert (pair["a"], pair["b"], pair["n"]) == ("full", "lora", 10)
    assert pair["difference"] == pytest.approx(0.3)
    assert pair["ci95"] == pytest.approx([0.3, 0.3])
    assert pair["p"] == pair["p_holm"] < 0.05


def test_copies_of_a_dialogue_are_one_cluster() -> None:
    values = {f"d{n}": (float(n % 2),) for n in range(12)}
    one = learned_comparison({"full": values}, dict.fromkeys(values, "d0"), DRAWS)
    assert one["arms"]["full"]["ci95"] is None
