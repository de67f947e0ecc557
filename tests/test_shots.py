"""Few-shot prompts."""

from collections.abc import Sequence
from typing import Any

import pytest

from upshot.errors import UsageError
from upshot.prompts import prompt
from upshot.recipe import Arm
from upshot.records import Row
from upshot.shots import Shots, few_shots, solved_example

POOL = [
    Row("r0", "Ann: the train to Paris is late", "A late train."),
    Row("r1", "Ben: my dentist hurt the tooth", "A tooth."),
    Row("r2", "Cem: the train to Rome left on time today, what a wonder that is", "A train."),
    Row("r3", "Dee: we have no summary of this train", None),
    Row("r4", "Eve: a cat", "A cat."),
]
QUERY = ("q", "Fay: is the train to Paris late again?")


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + 1 for text in texts]


def shots(queries: Sequence[tuple[str, str]] = (QUERY,), **settings: Any) -> Shots:
    arm = Arm.model_validate({"shots": settings, "seed": 3, "prompt": {"template": "raw-summary"}})
    return few_shots(POOL, queries, arm, count_tokens=words)


def test_bm25_puts_the_nearest_last_beside_the_query() -> None:
    found = shots(count=2)
    assert found.rows["q"] == ("r2", "r0")
    assert found.texts["q"].index("Rome") < found.texts["q"].index("Paris")
    assert found.fewer == 0


def test_a_shot_has_the_arms_own_template_and_its_summary() -> None:
    settings = Arm.model_validate({"prompt": {"template": "raw-summary"}}).prompt
    assert solved_example(POOL[4], settings) == "Eve: a cat\n\nSummary: A cat. // "
    cueless = settings.model_copy(update={"template": "conversation", "shot_separator": "\n\n\n"})
    assert solved_example(POOL[4], cueless).endswith("Eve: a cat\n\nSummary: A cat.\n\n\n")


def test_the_query_itself_is_never_a_shot_whatever_its_spaces_and_case() -> None:
    again = ("q", "ann:  THE train to paris is late")
    assert "r0" not in shots([again], count=3).rows["q"]
    fixed = shots([again], rows=[0, 4], max_tokens=200)
    assert (fixed.rows["q"], fixed.fewer) == (("r4",), 1)


def test_where_names_are_read_as_tags_the_same_talk_under_other_names_is_the_query_itself() -> None:
    pool = [Row("r0", "Ann: Hi Bob, is the train late?", "Ann asks."), Row("r1", "Ann: Bob, a cat.", "A cat.")]
    same = [Row("r2", "Kim: Hi Joe, is the train late?\nJoe: Yes, Kim.", "Kim asks Joe.")]
    query = ("q", "Eva: Hi Tom, is the train late?\nTom: Yes, Eva.")
    for speakers, expected in (("keep", {"r0", "r1", "r2"}), ("tags", {"r0", "r1"})):
        arm = Arm.model_validate({"shots": {"count": 3}, "prompt": {"template": "raw-summary", "speakers": speakers}})
        assert set(few_shots(pool + same, [query], arm, count_tokens=words).rows["q"]) == expected


def test_what_two_talks_share_is_no_name_where_names_are_read_as_tags() -> None:
    pool = [Row("r0", "Ann: a cat\nBob: Ann!\nAnn: Bob!", "A cat."), Row("r1", "Eve: the train\nTom: so", "A train.")]
    for speakers, expected in (("keep", "r0"), ("tags", "r1")):
        arm = Arm.model_validate({"shots": {}, "prompt": {"template": "raw-summary", "speakers": speakers}})
        found = few_shots(pool, [("q", "Ann: Bob, the train\nBob: Ann?")], arm, count_tokens=words)
        assert found.rows["q"] == (expected,)


def test_a_row_without_summary_is_never_a_shot() -> None:
    for select in ("bm25", "random", "length"):
        assert "r3" not in shots(count=4, select=select).rows["q"]


def test_shots_that_do_not_fit_are_left_out_and_counted_and_the_query_is_never_cut() -> None:
    own = words([prompt("q", QUERY[1], Arm.model_validate({"prompt": {"template": "raw-summary"}}).prompt).text])[0]
    room = {count: shots(count=2, max_tokens=own + count) for count in (0, 12, 40)}
    assert [len(found.rows["q"]) for found in room.values()] == [0, 1, 2]
    assert [found.fewer for found in room.values()] == [1, 1, 0]
    assert room[0].texts["q"] == ""


def test_like_length_means_like_length() -> None:
    assert shots([("q", "Gus: a dog")], count=1, select="length").rows["q"] == ("r4",)


def test_random_shots_depend_on_the_seed_and_the_query_alone() -> None:
    queries = [(f"q{n}", f"Hal: text {n}") for n in range(12)]
    found = shots(queries, count=1, select="random")
    assert found.rows == shots(queries[::-1], count=1, select="random").rows
    assert len(set(found.rows.values())) > 1


def test_fixed_rows_are_those_of_the_file_and_the_last_stands_nearest() -> None:
    found = shots(rows=[1, 4], max_tokens=200)
    assert found.rows["q"] == ("r1", "r4")
    with pytest.raises(UsageError, match="no training row 9 with a summary"):
        shots(rows=[9])
    with pytest.raises(UsageError, match="no training row 3 with a summary"):
        shots(rows=[3])


def test_a_pool_without_summaries_is_refused() -> None:
    with pytest.raises(UsageError, match="it has no row with a summary"):
        few_shots([POOL[3]], [QUERY], Arm.model_validate({"shots": {}}), count_tokens=words)
