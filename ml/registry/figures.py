"""The figures of a model card, drawn from the values on the card."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ontime.pages.palette import BLUE, GREY, VERMILION


def draw(card: dict[str, Any], folder: Path) -> list[Path]:
    """Draw every figure of a card as a PNG file in the folder; returns the files."""
    paths = []
    for name, (draw_on, width) in FIGURES.items():
        figure = Figure(figsize=(width, 3.8), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        draw_on(axes, card)
        figure.savefig(folder / f"{name}.png", dpi=110)
        paths.append(folder / f"{name}.png")
    return paths


def _candidates(axes: Axes, card: dict[str, Any]) -> None:
    names = list(card["scores"])
    for row, name in enumerate(names):
        value, (low, high) = card["scores"][name]["test"]["roc_auc"], card["intervals"][name]["roc_auc"]
        color = BLUE if name == card["candidate"] else GREY
        axes.plot([low, high], [row, row], color=color, linewidth=2)
        axes.plot(value, row, "o", color=color)
        axes.annotate(f"{value:.3f}", (value, row), (0, 7), textcoords="offset points", ha="center", fontsize=9)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_ylim(len(names) - 0.5, -0.7)
    axes.set_xlabel("ROC-AUC on the test days, 95 % interval by day")


def _reliability(axes: Axes, card: dict[str, Any]) -> None:
    bins = card["reliability"]
    predicted, share = [b["mean_probability"] for b in bins], [b["delayed_share"] for b in bins]
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, label="perfect")
    axes.vlines(predicted, [b["delayed_share_low"] for b in bins], [b["delayed_share_high"] for b in bins], color=BLUE)
    axes.plot(predicted, share, "o-", color=BLUE, label=card["candidate"].replace("_", " "))
    most = max(b["flights"] for b in bins)
    axes.bar(
        [b["lowest_probability"] + 0.05 for b in bins],
        [0.2 * b["flights"] / most for b in bins],
        width=0.09,
        color=GREY,
        alpha=0.35,
        label=f"flights (tallest bar: {most:,})",
    )
    axes.set(xlabel="predicted probability", ylabel="share of late flights", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, fontsize=9)


def _threshold(axes: Axes, card: dict[str, Any]) -> None:
    for part, color in (("validation", GREY), ("test", BLUE)):
        thresholds = card["threshold"]["costs"]["threshold"]
        axes.plot(thresholds, card["threshold"]["costs"][part], color=color, label=part)
    chosen = card["threshold"]["test"]
    axes.axvline(chosen["threshold"], color=VERMILION, linewidth=1, label=f"chosen: {chosen['threshold']:.2f}")
    axes.set(xlabel="flag at or above this probability", ylabel="cost per 100 flights", ylim=(0, None))
    axes.legend(frameon=False, fontsize=9)


def _slices(axes: Axes, card: dict[str, Any]) -> None:
    """Share of late flights and mean probability by slice; slices with too few flights are left out."""
    slices = [part for part in card["slices"] if part["flights"] >= card["slice_flights_needed"]]
    rows = range(len(slices))
    axes.plot(rows, [part["delayed_share"] for part in slices], "o", color=VERMILION, label="share of late flights")
    axes.plot(
        rows, [part["mean_probability"] for part in slices], "_", color=BLUE, markersize=12, label="mean predicted"
    )
    axes.set_xticks(rows, [part["value"] for part in slices], rotation=90, fontsize=8, parse_math=False)
    for row in rows[1:]:
        if slices[row]["dimension"] != slices[row - 1]["dimension"]:
            axes.axvline(row - 0.5, color=GREY, linewidth=0.8)
    axes.set_ylim(0, None)
    axes.set_xlabel("airline | origin | hour")
    axes.legend(frameon=False, fontsize=9)


#: Each figure, the function that draws it, and its width in inches.
FIGURES = {
    "candidates": (_candidates, 6),
    "reliability": (_reliability, 5),
    "threshold": (_threshold, 5),
    "slices": (_slices, 10),
}
