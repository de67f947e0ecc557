"""What a comparison was to reach and whether it did, in one line each that `measure.table` collects."""

from __future__ import annotations


def goal(
    what: str, figure: float, *, at_least: float | None = None, at_most: float | None = None, unit: str = "x"
) -> None:
    """Print a goal, the figure of this run and the verdict: `goal | WHAT | >= 8x | 6.4x | missed`."""
    bound = at_least if at_least is not None else at_most
    if bound is None:
        raise ValueError("a goal needs a bound")
    reached = figure >= bound if at_least is not None else figure <= bound
    sign = ">=" if at_least is not None else "<="
    shown = f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.2g}" if abs(figure) < 1 else f"{figure:.1f}"
    print(f"goal | {what} | {sign} {bound:g}{unit} | {shown}{unit} | {'reached' if reached else 'missed'}")


def left_out(what: str, why: str) -> None:
    """Print a goal that this machine or this run cannot measure, and why."""
    print(f"goal | {what} | - | - | left out: {why}")
