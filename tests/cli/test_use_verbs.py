"""export and doctor: results on standard output, what is amiss in one line."""

import json
import re
from pathlib import Path

from command import Result, upshot

FULL = "runs/demo/arms/full"


def test_doctor_gives_a_cure_for_everything_that_is_not_well(tmp_path: Path) -> None:
    checks = json.loads(upshot("doctor", "--offline", "--json", cwd=tmp_path).out)
    assert {check["state"] for check in checks} <= {"ok", "warn", "fail"}
    assert all(check["cure"] for check in checks if check["state"] != "ok")
    shown = upshot("doctor", "--offline", cwd=tmp_path)
    assert len(re.findall(r"^(?:ok|warn|fail) ", shown.out, re.M)) == len(checks)
    assert (shown.code == 5) == any(check["state"] == "fail" for check in checks)


def test_export_says_how_far_it_is_from_its_source(demo: tuple[Path, Result], tmp_path: Path) -> None:
    done = upshot("export", FULL, "--to", str(tmp_path / "ct2"), "--texts", "4", cwd=demo[0])
    assert done.code == 0, done.err
    size, parity, texts = done.out.splitlines()
    assert re.fullmatch(r".*ct2: \d+\.\d MB", size)
    assert re.search(r"differs from the source's by \S+ a token on average, by \S+ at most", parity)
    assert re.fullmatch(r"the same summary as transformers writes: [0-4] of 4 greedy, [0-4] with beams", texts)
    assert "predict.engine=ct2" in done.err
    again = upshot("export", FULL, "--to", str(tmp_path / "ct2"), "--texts", "4", "--json", cwd=demo[0])
    assert json.loads(again.out)["texts"]["dialogues"] == 4
    assert upshot("export", "starter", cwd=demo[0]).code == 2
    assert upshot("export", "absent", cwd=demo[0]).code == 4
