"""The publisher writes BXS, Borrego Valley in California, for BOS in March."""

from pathlib import Path


def publisher(folder: Path) -> None:
    """Change the destination in the publisher's file of March."""
    file = folder / "flights" / "2013-03.csv"
    file.write_text(file.read_text("utf-8").replace(",BOS,", ",BXS,"), "utf-8")
