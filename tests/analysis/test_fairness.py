"""What names alone change: signs, sizes, and nothing where nothing changed."""

import pytest

from upshot.analysis.fairness import Case, fairness_cells, set_pairs
from upshot.analysis.renaming import rename, renamed, reordered
from upshot.comparison import Draws
from upshot.records import Dialogue

DRAWS = Draws(resamples=400, seed=1)
FIRST, SECOND = "#Person1# sold the old bicycle to a neighbour.", "#Person2# baked three lemon cakes."


def dialogues(count: int = 12) -> list[Dialogue]:
    """Dialogues with one matter a speaker, and a reference that names both."""
    text = "#Person1#: I sold the old bicycle to a neighbour.\n#Person2#: And I baked three lemon cakes."
    return [Dialogue(f"d{n}", text, (f"{FIRST} {SECOND}",), (f"d{n}",)) for n in range(count)]


def cases(before: str, after: str, name_set: str = "english") -> list[Case]:
    """The same change in every dialogue; `after` is written with the old names."""
    made = []
    for item in dialogues():
        other = renamed(item, name_set, seed=2)
        assert other is not None
        made.append(Case(item, other, before, rename(after, other.words)))
    return made


def test_the_same_summary_under_other_names_changes_nothing() -> None:
    found = fairness_cells(cases(f"{FIRST} {SECOND}", f"{FIRST} {SECOND}"), {}, DRAWS)
    assert found["n"] == 12
    assert found["rouge1"]["before"] == 1.0
    assert found["rouge1"]["change"] == pytest.approx(0, abs=1e-12)
    assert found["share"]["first"]["change"] == pytest.approx(0, abs=0.02)
    assert found["same_text"] == {"mean": 1.0, "ci95": [1.0, 1.0]}


def test_a_summary_that_drops_the_first_speaker_shows_as_loss_of_score_and_share() -> None:
    found = fairness_cells(cases(FIRST, SECOND), {}, DRAWS)
    assert found["rouge1"]["change"] == pytest.approx(found["rouge1"]["after"] - found["rouge1"]["before"])
    assert found["rouge1"]["change"] != 0
    assert found["share"]["first"]["change"] < -0.5
    assert found["share"]["second"]["change"] > 0.5
    assert found["moved"]["mean"] > 0.5
    assert found["same_text"]["mean"] == 0.0
    low, high = found["share"]["first"]["ci95"]
    assert low <= found["share"]["first"]["change"] <= high


def test_shares_follow_the_speaker_and_not_the_label_when_the_order_is_swapped() -> None:
    made = []
    for item in dialogues():
        other = reordered(item)
        assert other is not None
        made.append(Case(item, other, FIRST, other.back(FIRST)))
    found = fairness_cells(made, {}, DRAWS)
    assert found["share"]["first"]["before"] > 0.9
    assert found["share"]["first"]["after"] > 0.9
    assert found["same_text"]["mean"] == 1.0


def test_copies_of_one_dialogue_are_one_unit_and_give_no_false_narrowness() -> None:
    made = [*cases(FIRST, FIRST)[:6], *cases(FIRST, SECOND)[6:]]
    alone = fairness_cells(made, {}, DRAWS)["same_text"]["ci95"]
    one = fairness_cells(made, {case.dialogue.id: "d0" for case in made}, DRAWS)["same_text"]["ci95"]
    assert alone[0] < 0.5 < alone[1]
    assert one is None


def test_no_case_is_said_and_not_scored() -> None:
    assert fairness_cells([], {}, DRAWS) == {"n": 0}


def test_two_sets_are_compared_on_the_dialogues_that_both_have() -> None:
    whole = f"{FIRST} {SECOND}"
    by_set = {"english": cases(whole, whole), "arabic": cases(whole, SECOND, "arabic")[:9]}
    (pair,) = set_pairs(by_set, {}, DRAWS)
    assert (pair["a"], pair["b"], pair["n"]) == ("english", "arabic", 9)
    assert pair["difference"] > 0.3
    assert pair["p"] <= pair["p_holm"] < 0.05
    assert pair["ci95"][0] > 0
    assert set_pairs({"english": by_set["english"]}, {}, DRAWS) == []
    assert set_pairs({"english": by_set["english"], "arabic": []}, {}, DRAWS) == []
