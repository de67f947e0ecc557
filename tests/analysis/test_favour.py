"""Whether summaries favour a speaker."""

import pytest

from upshot.analysis.favour import favour
from upshot.comparison import Draws
from upshot.records import Dialogue

TEXT = (
    "Mara: The boiler leaked all over the cellar carpet yesterday.\n"
    "Tom: I can bring the pump on Friday.\n"
    "Mara: The insurance wants photographs of the damage before anybody cleans."
)
OF_MARA = "Mara says the boiler leaked on the cellar carpet and the insurance wants photographs of the damage."
OF_TOM = "Tom can bring the pump on Friday."


def dialogues(count: int) -> list[Dialogue]:
    return [Dialogue(f"d{number}", TEXT, (f"{OF_MARA} {OF_TOM}",), (f"r{number}",)) for number in range(count)]


def found(summaries: dict[str, list[str]], items: list[Dialogue]) -> dict:
    return favour(items, summaries, [item.id for item in items], Draws(200, 1))


def test_a_summary_of_one_speaker_favours_that_speaker() -> None:
    result = found({"mara": [OF_MARA] * 3, "tom": [OF_TOM] * 3}, dialogues(3))
    assert result["n"] == 3
    # Mara speaks first and most: both roles are hers.
    for role in ("first", "most"):
        assert result["arms"]["mara"][role]["mean"] > 0.2
        assert result["arms"]["tom"][role]["mean"] < -0.4
        between = result["references"][role]["mean"]
        assert result["arms"]["tom"][role]["mean"] < between < result["arms"]["mara"][role]["mean"]
        low, high = result["arms"]["mara"][role]["ci95"]
        assert low == pytest.approx(high)  # three equal dialogues


def test_a_dialogue_in_which_a_summary_draws_on_nothing_is_left_out_for_every_arm() -> None:
    result = found({"mara": [OF_MARA] * 2, "other": [OF_TOM, ""]}, dialogues(2))
    assert result["n"] == 1


def test_a_monologue_favours_nobody() -> None:
    alone = [Dialogue("one", "Mara: The boiler leaked.", ("The boiler leaked.",), ("one",))]
    assert found({"a": ["The boiler leaked."]}, alone) == {"n": 0}
