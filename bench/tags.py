"""What a model that learned #Person1# for speakers makes of names: the starter on built-in conversations, both ways.

Names are put back before scoring. The interval is that of the paired difference, over dialogues. Takes a minute.

python bench/tags.py [--quick]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from measure.machine import print_machine

import upshot
from upshot.answers.answer import Options
from upshot.data.conversation import Conversation
from upshot.data.sources import load_splits
from upshot.data.transcripts import conversation_of
from upshot.metrics.score import score_all
from upshot.recipe import DataSettings
from upshot.records import Dialogue
from upshot.stats import percentile_intervals, resample


def main() -> None:
    """Print ROUGE-1 with names and with tags, and what tags gain."""
    print_machine("ctranslate2", "tokenizers")
    splits = load_splits(DataSettings(source="builtin"), seed=13).splits
    dialogues = [*splits.validation, *splits.test][: 6 if "--quick" in sys.argv else None]
    names, tags = (rouge1(dialogues, Options(speakers=way)) for way in ("keep", "tags"))
    (low, high), *_ = percentile_intervals(resample((tags - names)[:, None], resamples=10_000, seed=13))
    print(f"the starter on {len(dialogues)} built-in conversations, ROUGE-1")
    print(f"names {names.mean():.1f}, tags {tags.mean():.1f}")
    print(f"tags gain {(tags - names).mean():.1f} [{low:.1f}, {high:.1f}]")
    print(f"ratio {tags.mean() / names.mean():.2f} (tags / names, in ROUGE-1)")


def rouge1(dialogues: Sequence[Dialogue], options: Options) -> np.ndarray:
    """ROUGE-1 x 100 of each dialogue's summary."""
    with upshot.load() as starter:
        talks: list[Conversation] = [conversation_of(item.text, name=item.id) for item in dialogues]
        made = {answer.id: answer.summary for answer in starter.summarize(talks, options)}
    return np.array([100 * score.mean["rouge1"] for score in score_all(dialogues, made)])


if __name__ == "__main__":
    main()
