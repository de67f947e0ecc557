"""audit-detectors at the door: tables, JSON, files, and one line for every file that cannot be meant."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from upshot.cli.audit_verb import audit_detectors
from upshot.errors import DataError, UpshotError, UsageError

TALK = "Ann: I have bought 12 apples at the market.\nBo: Wonderful! I shall bake a cake on Sunday."


def run(*arguments: str | Path) -> str:
    """What the verb prints; an error for people is raised as it is."""
    app = typer.Typer()
    app.command()(audit_detectors)
    done = CliRunner().invoke(app, [*map(str, arguments), "--resamples", "100"])
    if isinstance(done.exception, UpshotError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Six summaries with labels of one's own, half of them with a name from nowhere."""
    rows = [
        {"dialogue": TALK, "summary": f"{name} has {n} [red]apples.", "erroneous": name != "Ann", "kinds": ["who"]}
        for n, name in enumerate(["Ann", "Gregory", "Ann", "Gregory", "Gregory", "Gregory", "Gregory"])
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_tables_of_labels_and_of_planted_errors_are_printed(labels: Path) -> None:
    out = run(labels)
    assert "mine: 7 summaries of 1 dialogue, 5 erroneous (base rate 0.71)" in out
    assert "unsupported-name" in out
    assert "Planted errors, each with the detector meant for it" in out
    assert "Length alone: summary words AUC" in out
    assert "None of these is a rate of errors" in out


def test_without_labels_the_planted_errors_are_measured_alone() -> None:
    out = run()
    assert "base rate" not in out.replace("beside its base rate", "")
    assert "speaker-swap" in out


def test_json_holds_everything(labels: Path) -> None:
    content = json.loads(run(labels, "--json"))
    assert [item["set"] for item in content["human"]] == ["mine"]
    assert len(content["planted"]) == 4
    assert content["human"][0]["detectors"]["unsupported-name"]["precision"]["value"] == 1.0
    assert "cap-hit" in content["not_measurable"]


def test_both_files_are_written(labels: Path, tmp_path: Path) -> None:
    run(labels, "--write", tmp_path / "precision.json", "--markdown", tmp_path / "tables.md")
    written = json.loads((tmp_path / "precision.json").read_text(encoding="utf-8"))
    assert written["unsupported-name"]["fires"] == 5
    assert "| unsupported-name | 5 | 1.00 |" in (tmp_path / "tables.md").read_text(encoding="utf-8")


def test_what_cannot_be_meant_is_refused_before_anything_is_measured(labels: Path, tmp_path: Path) -> None:
    before = labels.read_bytes()
    for arguments, said in (
        (("--write", tmp_path / "p.json"), "--write needs a file with labels of people"),
        ((labels, "--write", labels), "expected a name that ends in .json"),
        ((labels, "--markdown", tmp_path / "t.csv"), "expected a name that ends in .md"),
        ((labels, labels), "is named twice"),
    ):
        with pytest.raises(UsageError) as caught:
            run(*arguments)
        assert said in str(caught.value)
    copy = tmp_path / "mine.json"
    copy.write_text("[" + ",".join(labels.read_text(encoding="utf-8").splitlines()) + "]", encoding="utf-8")
    with pytest.raises(UsageError, match="is one of the files to read"):
        run(copy, "--write", copy)
    assert labels.read_bytes() == before
    assert not (tmp_path / "p.json").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", "a,b\n1,2\n", "x.csv: no known layout of labelled summaries; found columns a, b; expected SummEdits"),
        ("x.txt", "a", "unsupported type '.txt'"),
        ("x.json", "{", "x.json: not valid JSON"),
        ("x.csv", "dialogue,summary,erroneous\nAnn: Hi.,Hi.,maybe\n", "row 1: 'erroneous' is maybe, expected 0 or 1"),
        ("x.csv", "dialogue,summary,erroneous\n", "x.csv: no rows"),
    ],
)
def test_a_bad_file_is_one_line_with_what_was_found_and_expected(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        run(tmp_path / name)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_a_line_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="file not found"):
        run(tmp_path / "none.csv")
