"""Write a results table of four systems that need no model, and of your own outputs where you have some.

python examples/systems_without_a_model.py DATA TABLE.csv [NAME=OUTPUTS.txt ...]

DATA is `builtin`, a file or a folder of splits. OUTPUTS.txt holds one summary a line, in the order of the test
dialogues. A row of the table is a reference; what `upshot compare --table` needs is printed.
"""

import csv
import sys
from pathlib import Path

from upshot.data.sources import load_splits
from upshot.data.splits import join_rows
from upshot.metrics.baselines import CONSTANT, bm25_copy_texts, lead3_text, longest3_text
from upshot.recipe import DataSettings


def main(source: str, table: str, *outputs: str) -> None:
    data = load_splits(DataSettings(source=source), 13)
    dialogues = join_rows(data.rows["test"])
    texts = [dialogue.text for dialogue in dialogues]
    systems = {name: lines(Path(path)) for name, _, path in (given.partition("=") for given in outputs)} | {
        "constant": [CONSTANT] * len(texts),
        "lead3": [lead3_text(text) for text in texts],
        "longest3": [longest3_text(text) for text in texts],
        "bm25_copy": bm25_copy_texts(texts, data.rows["train"]),
    }
    for name, summaries in systems.items():
        if len(summaries) != len(dialogues):
            raise SystemExit(f"{name} has {len(summaries)} summaries for {len(dialogues)} test dialogues")
    with Path(table).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["dialogue_id", "reference", *systems])
        for number, dialogue in enumerate(dialogues):
            for reference in dialogue.references:
                writer.writerow([dialogue.id, reference, *(summaries[number] for summaries in systems.values())])
    columns = " ".join(f"--prediction {name}" for name in systems)
    print(f"upshot compare --table {table} --reference reference {columns} --group dialogue_id")


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
