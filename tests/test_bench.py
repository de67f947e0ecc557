"""Every comparison of bench/ runs, and says what it found as a ratio of one run."""

import re
import runpy
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"
FILES = sorted(BENCH.glob("*.py"))


def test_there_are_comparisons():
    assert [path.stem for path in FILES] == [
        "confidence",
        "dialogsum",
        "gpu",
        "growth",
        "help",
        "lora",
        "meetings",
        "memory",
        "predict",
        "privacy",
        "quality",
        "score",
        "serve",
        "stats",
        "summarize",
        "tags",
        "train",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_comparison_names_the_machine_and_prints_a_ratio(path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setattr(sys, "argv", [str(path), "--quick"])
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed.startswith("machine: ")
    assert re.search(r"^machine: .+ cores, .*bf16", printed, re.MULTILINE)
    ratios = re.findall(r"^ratio (\d+\.\d+) \(.+ / .+\)$", printed, re.MULTILINE)
    assert ratios
    assert all(float(ratio) >= 0 for ratio in ratios)


def test_without_a_run_folder_the_second_start_says_what_it_needs(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setattr(sys, "argv", ["dialogsum.py"])
    runpy.run_path(str(BENCH / "dialogsum.py"), run_name="__main__")
    assert "needs a finished run folder" in capsys.readouterr().out


def test_a_run_that_is_not_finished_is_refused(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setattr(sys, "argv", ["dialogsum.py", str(tmp_path)])
    with pytest.raises(SystemExit, match="no finished run"):
        runpy.run_path(str(BENCH / "dialogsum.py"), run_name="__main__")


def test_a_loaded_machine_is_said_so(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCH))
    from measure import machine

    monkeypatch.setattr(machine, "BUSY", -1.0)
    machine.print_machine("no-such-package")
    printed = capsys.readouterr().out
    assert "LOADED" in printed
    assert "no-such-package not installed" in printed


def test_shared_data_that_is_absent_is_replaced_by_the_built_in_conversations(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setenv("UPSHOT_SHARED", str(tmp_path))
    from measure.material import conversations

    rows, words = conversations(4)
    assert len(rows) == 4
    assert words == "4 conversations of upshot"


def test_goals_say_what_was_reached_and_the_table_collects_them(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCH))
    from measure import goals, table

    goals.goal("speed", 8.04, at_least=8)
    goals.goal("memory", 0.5, at_most=0.25, unit=" GB")
    goals.left_out("device", "there is none")
    with pytest.raises(ValueError, match="bound"):
        goals.goal("nothing", 1.0)
    printed = capsys.readouterr().out.splitlines()
    assert table.table(["other", *printed])[2:] == [
        "| speed | >= 8x | 8.0x | reached |",
        "| memory | <= 0.25 GB | 0.5 GB | missed |",
        "| device | - | - | left out: there is none |",
    ]


def test_the_table_shows_what_its_comparisons_print_and_stops_at_a_failure(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCH))
    from measure import table

    assert table.run([sys.executable, "-c", "print('goal | a | >= 1x | 2x | reached')"])
    assert "goal | a" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="ended with 3"):
        table.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_the_matrix_rate_and_the_operations_of_a_product_are_those_of_arithmetic(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import torch
    from measure.rates import matrix_rate, operations_of

    a, b = torch.ones(3, 5), torch.ones(5, 7)
    assert operations_of(lambda: a @ b) == 2 * 3 * 5 * 7
    assert matrix_rate("fp32", width=64, seconds=0.01) > 1e6
