"""Write starter/about.json: what the starter learned from, and how certain its summaries of other conversations are.

python tools/starter_about.py FOLDER        FOLDER holds DialogSum's train.csv, for the usual length of its summaries
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import replace
from pathlib import Path

from upshot.answers.about import FILE, About, dump_about
from upshot.answers.confidence import quantiles_of
from upshot.data.sources import load_splits
from upshot.data.tables import read_rows
from upshot.model.place import STARTER
from upshot.recipe import DataSettings
from upshot.summarizer import open_summarizer


def main() -> None:
    """Summarise every built-in conversation, none of which the starter was trained on, as people will use it."""
    rows = read_rows(Path(sys.argv[1]) / "train.csv")[0]
    about = About(
        trained_on=f"DialogSum's training split, {len(rows):,} dialogues of language courses",
        words=round(statistics.median(len((row.summary or "").split()) for row in rows)),
        tags=True,
    )
    (STARTER / FILE).write_text(dump_about(about), encoding="utf-8")  # from here on it reads tags
    splits = load_splits(DataSettings(source="builtin"), seed=0).splits
    talks = [item.text for item in (*splits.validation, *splits.test)] + [row.dialogue for row in splits.train]
    with open_summarizer() as starter:
        logprobs = [answer.confidence.logprob for answer in starter.summarize(talks)]
        measured = f"its summaries of the {len(talks)} built-in conversations, {starter.facts.engine}"
    whole = replace(about, quantiles=quantiles_of(logprobs), measured_on=measured)
    (STARTER / FILE).write_text(dump_about(whole), encoding="utf-8")
    sys.stdout.write(f"{STARTER / FILE}: {len(talks)} summaries\n")


if __name__ == "__main__":
    main()
