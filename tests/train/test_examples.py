"""Training examples as an epoch sees them."""

from typing import Any

import pytest

import tiny
from upshot.errors import UsageError
from upshot.model.load import ModelRef, load_tokenizer
from upshot.model.scratch import sentinel_ids
from upshot.model.tokens import decode
from upshot.recipe import Arm
from upshot.records import Encoded, Row
from upshot.train.examples import source_limit, training_examples

TAGGED = [Row(f"t{n}", f"#Person1#: Hello {n}.\n#Person2#: Hi.", f"#Person1# greets {n}.") for n in range(6)]
SHOTS = {f"t{n}": "Solved before. " for n in range(6)}


def arm(augment: dict[str, Any] | None = None, **sections: Any) -> Arm:
    prompt = {"max_source_tokens": 80, "max_target_tokens": 20}
    return Arm.model_validate({"prompt": prompt, "train": {"augment": augment or {}}, **sections})


def examples(epoch: int, augment: dict[str, Any] | None = None, shots: dict[str, str] | None = None) -> list[Encoded]:
    made = training_examples(TAGGED, tiny.tokenizer(), arm(augment), seed=1, epochs=4, shots=shots or {})
    return list(made(epoch))


def sources(found: list[Encoded]) -> list[str]:
    return decode([example.input_ids for example in found], tiny.tokenizer())


def test_without_augmentation_every_epoch_sees_the_same_rows_in_file_order() -> None:
    assert examples(0) == examples(3)
    assert [example.id for example in examples(0)] == [row.id for row in TAGGED]
    assert sources(examples(0))[0].endswith("#Person1#: Hello 0. / #Person2#: Hi. Summary:")
    assert decode([examples(0)[0].labels], tiny.tokenizer()) == ["#Person1# greets 0."]


@pytest.mark.parametrize("augment", [{}, {"templates": ["raw"]}, {"rename_speakers": 1.0}])
def test_solved_examples_stand_before_the_prompt_also_under_augmentation(augment: dict[str, Any]) -> None:
    assert all(text.startswith("Solved before.") for text in sources(examples(1, augment, SHOTS)))


def test_renaming_changes_each_epoch_and_is_the_same_for_the_same_epoch() -> None:
    renamed = {"rename_speakers": 1.0}
    assert examples(1, renamed) == examples(1, renamed)
    assert sources(examples(1, renamed)) != sources(examples(2, renamed))
    assert not any("#Person" in text for text in sources(examples(1, renamed)))


def test_templates_are_drawn_beside_the_arms_own() -> None:
    seen = {text.split("#")[0] for epoch in range(4) for text in sources(examples(epoch, {"templates": ["raw"]}))}
    assert seen == {"", "Summarize the following conversation. "}


def test_span_filling_masks_the_bare_dialogue_until_its_share_of_the_training_is_over() -> None:
    filling = {"span_filling": 1.0, "span_filling_until": 0.5}
    sentinels = set(sentinel_ids(tiny.tokenizer()))
    for example in examples(1, filling):
        assert set(example.input_ids) & sentinels == set(example.labels) & sentinels != set()
        assert example.input_ids[-1] == example.labels[-1] == 1
        assert len(example.labels) <= 20
    assert examples(2, filling) == examples(0)


def test_span_filling_without_sentinels_is_refused() -> None:
    class WithoutSentinels:
        """A tokenizer of another family: BART has no <extra_id_0>."""

        unk_token_id = 3

        def convert_tokens_to_ids(self, token: str) -> int:
            return 3

    with pytest.raises(UsageError, match="this model's tokenizer has no sentinels"):
        training_examples(TAGGED, WithoutSentinels(), arm({"span_filling": 0.5}), seed=1, epochs=1, shots={})


def test_sources_and_targets_keep_their_limits() -> None:
    long = [Row("x", "Ann: " + "well, " * 300, "word " * 90)]
    made = training_examples(long, load_tokenizer(ModelRef(str(tiny.t5()))), arm(), seed=0, epochs=1, shots={})(0)[0]
    assert (len(made.input_ids) <= 80, len(made.labels), made.truncated) == (True, 20, True)


def test_solved_examples_have_a_budget_of_their_own() -> None:
    assert source_limit(arm()) == 80
    assert source_limit(arm(shots={"count": 2, "max_tokens": 300})) == 300
    assert source_limit(arm(shots={"count": 2, "max_tokens": 50})) == 80
