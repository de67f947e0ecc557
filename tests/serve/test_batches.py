"""Results go to whoever still waits for them."""

import asyncio

from serve.fake_worker import answer_to
from upshot.answers.answer import Options
from upshot.data.conversation import Conversation, Said
from upshot.serve.batches import Batch, Item, deaf, fail, job_of, settle
from upshot.serve.desk import Refused

TALK = Conversation("c", (Said("Ann", "Hi!"),))
GOOD = {"value": answer_to(TALK).model_dump(mode="json")}


def item(*, plan: bool = False, arm: str = "a", alone: bool = False, **options: int) -> Item:
    future = asyncio.get_running_loop().create_future()
    return Item(arm, Options.model_validate(options), TALK, plan, future, deaf, alone=alone)


def test_only_the_same_arm_options_and_kind_go_together() -> None:
    async def compare() -> list[bool]:
        first = item()
        return [first.goes_with(other) for other in (item(), item(arm="b"), item(words=20), item(plan=True))]

    assert asyncio.run(compare()) == [True, False, False, False]


def test_what_takes_long_goes_with_nobody_but_itself() -> None:
    async def compare() -> list[bool]:
        long = item(alone=True)
        return [long.goes_with(long), long.goes_with(item()), item().goes_with(long), long.goes_with(item(alone=True))]

    assert asyncio.run(compare()) == [True, False, False, False]


def test_a_job_names_arm_options_and_conversations() -> None:
    async def job() -> dict[str, object]:
        return job_of(Batch(7, [item(words=20), item(words=20)], 0.0))

    made = asyncio.run(job())
    assert (made["id"], made["arm"], made["plan"]) == (7, "a", False)
    assert len(made["conversations"]) == 2  # type: ignore[arg-type]


def test_every_item_gets_its_own_result_and_a_missing_one_is_refused() -> None:
    async def hand_out() -> list[object]:
        items = [item() for _ in range(4)]
        items[1].future.cancel()
        settle(Batch(1, items, 0.0), [GOOD, GOOD, {"error": "RuntimeError"}])
        return [None if one.future.cancelled() else one.future.exception() or one.future.result() for one in items]

    answer, left, failed, missing = asyncio.run(hand_out())
    assert answer == answer_to(TALK)
    assert left is None
    assert isinstance(failed, Refused)
    assert failed.code == "model_failed"
    assert isinstance(missing, Refused)
    assert missing.code == "invalid_output"


def test_who_has_left_is_not_refused() -> None:
    async def refuse() -> bool:
        gone = item()
        gone.future.cancel()
        fail(gone, Refused(503, "draining", ""))
        return gone.future.cancelled()

    assert asyncio.run(refuse())
