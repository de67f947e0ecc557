"""Precision, balanced accuracy and AUC of flags and grades, against numbers worked out by hand and by force."""

import random
from collections.abc import Sequence

import pytest

from upshot.analysis.worth import Labelled, auc, auc_parts, balanced_accuracy, beyond, labelled, precision

DRAWS = (2000, 1)


def data(
    wrong: Sequence[bool], grade: Sequence[float], fired: Sequence[bool], clusters: Sequence[str] = ()
) -> Labelled:
    """Labels with one grade, its control of the same name reversed, and one flag; each summary a dialogue."""
    names = clusters or [str(number) for number in range(len(wrong))]
    grades = {"grade": grade, "length": [-value for value in grade]}
    return labelled(wrong, flags={"flag": fired}, grades=grades, clusters=names, draws=DRAWS)


def area(grades: Sequence[float], wrong: Sequence[bool]) -> float:
    """The AUC by its definition: the share of pairs in the right order, ties half."""
    pairs = [(a, b) for a, error in zip(grades, wrong, strict=True) if error
             for b, other in zip(grades, wrong, strict=True) if not other]  # fmt: skip
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


def simulated(n: int, shift: float, seed: int) -> tuple[list[bool], list[float]]:
    """Labels and grades rounded to one digit, so that many are equal; those of errors are higher by `shift`."""
    draw = random.Random(seed)
    wrong = [draw.random() < 0.4 for _ in range(n)]
    return wrong, [round(draw.gauss(shift if error else 0.0, 1.0), 1) for error in wrong]


def test_the_parts_of_an_area_have_it_as_their_mean() -> None:
    for seed in range(20):
        wrong, grades = simulated(60, 0.5, seed)
        assert auc_parts(grades, wrong).mean() == pytest.approx(area(grades, wrong), abs=1e-12)
    assert auc_parts([3, 2, 1], [True, False, False]).mean() == 1.0
    assert auc_parts([1, 1, 1], [True, False, True]).mean() == 0.5


def test_the_interval_of_an_area_covers_the_truth_and_is_that_of_the_whole_bootstrap() -> None:
    wrong, grades = simulated(200, 0.7, seed=3)
    found = auc(data(wrong, grades, [False] * 200), "grade")
    assert found is not None
    assert found.ci95 is not None
    draw, again = random.Random(0), []
    for _ in range(400):
        picked = draw.choices(range(200), k=200)
        again.append(area([grades[n] for n in picked], [wrong[n] for n in picked]))
    again.sort()
    assert found.ci95[0] == pytest.approx(again[10], abs=0.02)
    assert found.ci95[1] == pytest.approx(again[389], abs=0.02)
    assert found.ci95[0] < 0.69 < found.ci95[1]  # what a shift of 0.7 deviations is worth


def test_flags_are_measured_as_by_hand() -> None:
    wrong = [True] * 4 + [False] * 6
    fired = [True, True, True, False] + [True] + [False] * 5
    found = data(wrong, list(range(10)), fired)
    assert precision(found, "flag") == (pytest.approx(3 / 4), None)
    assert balanced_accuracy(found, "flag") == (pytest.approx((3 / 4 + 5 / 6) / 2), None)
    assert precision(data(wrong, list(range(10)), [False] * 10), "flag") is None


def test_summaries_of_one_dialogue_are_drawn_together() -> None:
    wrong, grades = simulated(300, 0.5, seed=5)
    fired = [grade > 0.5 for grade in grades]
    alone = precision(data(wrong * 4, grades * 4, fired * 4), "flag")
    together = precision(data(wrong * 4, grades * 4, fired * 4, [str(n) for n in range(300)] * 4), "flag")
    assert alone is not None
    assert together is not None
    assert alone.ci95 is not None
    assert together.ci95 is not None
    assert alone.value == together.value
    # Four copies of a dialogue tell no more than one: the interval is twice as wide as if they were dialogues.
    assert together.ci95[1] - together.ci95[0] == pytest.approx(2 * (alone.ci95[1] - alone.ci95[0]), rel=0.15)


def test_there_is_no_interval_over_few_dialogues_or_flags() -> None:
    wrong, grades = simulated(190, 0.5, seed=7)
    rare = data(wrong, grades, [True] * 9 + [False] * 181)
    assert precision(rare, "flag")[1] is None  # type: ignore[index]
    # Forty flags, yet all in five dialogues.
    crowded = data(wrong, grades, [True] * 40 + [False] * 150, [str(n // 8) for n in range(190)])
    assert precision(crowded, "flag")[1] is None  # type: ignore[index]
    assert auc(crowded, "grade")[1] is not None  # type: ignore[index]
    few = data(wrong, grades, [True] * 190, [str(n // 10) for n in range(190)])
    assert auc(few, "grade")[1] is None  # type: ignore[index]


def test_a_control_may_point_either_way() -> None:
    wrong, grades = simulated(100, 0.8, seed=9)
    found = data(wrong, grades, [grade > 0.5 for grade in grades])
    against = beyond(found, ["length"], grade="grade")
    assert against is not None
    assert against.value == pytest.approx(0.0)
    assert against.ci95 is None  # no draw tells them apart
    flag = beyond(found, ["length"], flag="flag")
    assert flag is not None
    assert flag.value < 0  # a cut grade orders less than the grade


def test_labels_of_one_kind_alone_have_neither_area_nor_accuracy() -> None:
    found = data([True] * 30, [1.0] * 30, [True] * 30)
    assert auc(found, "grade") is None
    assert balanced_accuracy(found, "flag") is None
    assert beyond(found, ["length"], flag="flag") is None


def test_where_every_flag_is_right_there_is_no_interval_of_no_width() -> None:
    wrong = [True] * 30 + [False] * 30
    assert precision(data(wrong, [1.0] * 60, wrong), "flag") == (1.0, None)
