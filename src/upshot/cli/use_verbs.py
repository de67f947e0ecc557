"""export and doctor."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from upshot.cli.next_steps import typed
from upshot.cli.options import Json, Offline, Quiet, go_offline


class Quantization(StrEnum):
    """How an exported arm keeps its weights."""

    int8 = "int8"
    float32 = "float32"


def export(
    arm: Annotated[
        str,
        typer.Argument(
            metavar="ARM", help="A run's folder (its winner), an arm's, such as runs/demo/arms/full, or 'starter'."
        ),
    ],
    quantization: Annotated[
        Quantization,
        typer.Option(help="int8 is a quarter of the size and fast, float32 keeps the weights as they are."),
    ] = Quantization.int8,
    to: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to; else beside the arm's weights.")] = None,
    texts: Annotated[
        int, typer.Option(min=0, max=250, help="Built-in conversations whose summaries by both engines are compared.")
    ] = 100,
    offline: Offline = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write an arm in CTranslate2's form, faster on a CPU; refused where it is no longer the same model.

    Example: upshot export runs/demo/arms/full --texts 20
    """
    go_offline(offline)
    from upshot.cli.screen import Screen, print_json
    from upshot.stages.export import export as export_to

    folder, facts = export_to(arm, to, quantization=quantization.value, texts=texts)
    if as_json:
        print_json({"folder": str(folder), **facts})
        return
    screen, parity = Screen(quiet=quiet), facts["parity"]
    screen.result(f"{folder}: {sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.1f} MB")
    screen.result(
        f"log-probability of {parity['summaries']} summaries by people: it differs from the source's by "
        f"{parity['mean']:.2g} a token on average, by {parity['max']:.2g} at most"
    )
    if "texts" in facts:
        same = facts["texts"]
        screen.result(
            f"the same summary as transformers writes: {same['greedy']} of {same['dialogues']} greedy, "
            f"{same['beams']} with beams"
        )
    screen.next_steps(
        typed("summarize", "YOUR.txt", "--arm", folder),
        f"upshot run RECIPE --set predict.engine=ct2 --set predict.quantization={quantization.value}",
    )


def doctor(offline: Offline = False, as_json: Json = False) -> None:
    """What is wrong with this machine, and how to mend it.

    Example: upshot doctor
    """
    go_offline(offline)
    from upshot.cli.screen import Screen, print_json
    from upshot.stages.doctor import examine

    checks = examine(offline=offline or None)  # else as the environment says
    failed = any(check.state == "fail" for check in checks)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        screen = Screen()
        colours = {"ok": "green", "warn": "yellow", "fail": "red"}
        for check in checks:
            screen.result(f"[{colours[check.state]}]{check.state:4}[/]  {check.name}: {check.found}")
            if check.state != "ok" and check.cure:
                screen.result(f"      {check.cure}")
        screen.next_steps(typed("doctor", note="again, when this is mended") if failed else typed("demo"))
    if failed:
        raise typer.Exit(5)
