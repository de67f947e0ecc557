"""The seconds that a run takes at two commits, each in a checkout and a process of its own, one after the other.

python tools/compare_commits.py OLD NEW run recipes/dialogsum-starter.yaml --set data.source=FOLDER

Everything behind the commits is an upshot command; its runs go to a temporary folder. The packages are those of the
Python that runs this.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("training_seconds", "generation_seconds")


def main() -> None:
    """Print the seconds of both commits, in all and by arm, and their ratio."""
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    old, new, *command = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        before, after = (timed(commit, command, Path(folder) / name) for name, commit in (("a", old), ("b", new)))
    print(f"ratio {before / after:.2f} ({old} / {new}, in seconds)")


def timed(commit: str, command: list[str], folder: Path) -> float:
    """Seconds of the command at a commit; what each arm took is printed."""
    source = folder / "source"
    subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(source), commit], check=True)
    try:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "upshot", *command, "--runs", str(folder / "runs"), "--quiet"],
            cwd=source,
            env=os.environ | {"PYTHONPATH": str(source / "src")},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        seconds = time.perf_counter() - began
    finally:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(source)], check=True)
    print(f"{commit}: {seconds:.0f} s in all")
    for path in sorted(folder.glob("runs/*/arms/*/summary.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        print(f"  {path.parent.name}: " + ", ".join(f"{part} {facts[part]}" for part in PARTS if facts.get(part)))
    sys.stdout.flush()
    return seconds


if __name__ == "__main__":
    main()
