"""Compare finished outputs in a table from Python, without any model.

python examples/compare_table.py TABLE REFERENCE PREDICTION [PREDICTION ...]
"""

import sys
from pathlib import Path

from upshot.comparison import Draws, Unit, compare, protocol_line
from upshot.metrics.baselines import reference_rows
from upshot.report.verdict import verdict
from upshot.table import read_table


def main(path: str, reference: str, *predictions: str) -> None:
    table = read_table(Path(path), reference=reference, predictions=predictions)
    comparison = compare(
        table.scores(),
        protocol=protocol_line(len(table.dialogues), unit=table.unit),
        reference_rows=reference_rows(table.dialogues),
        unit=Unit(table.unit),
        draws=Draws(resamples=2_000),
    )
    for name, cells in comparison["arms"].items():
        low, high = cells["rouge1"]["ci95"]
        print(f"{name}: ROUGE-1 {100 * cells['rouge1']['mean']:.2f} [{100 * low:.2f}-{100 * high:.2f}]")
    for sentence in verdict(comparison):
        print(sentence.text)
    print(comparison["protocol"])


if __name__ == "__main__":
    main(*sys.argv[1:])
