"""The palette: readable in both themes, and distinct for colour-blind readers."""

from itertools import combinations

import numpy as np
import pytest

from ontime.pages import palette

SERIES = {name: getattr(palette, name) for name in ("BLUE", "ORANGE", "GREEN", "VERMILION", "GREY")}
#: Colour vision without one kind of cone, on linear RGB (Machado, Oliveira & Fernandes 2009, severity 1).
VISION = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, background: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted(linear(each) @ [0.2126, 0.7152, 0.0722] for each in (colour, background))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear RGB; a distance of 2 is barely visible."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_text_is_readable_on_its_paper(theme):
    for name in ("ink", "quiet", "link", "good", "bad"):
        assert contrast(theme[name], theme["paper"]) >= 4.5, name
    for colour in (theme["bar"], palette.GREY):
        assert contrast(colour, theme["paper"]) >= 3, colour


def test_both_themes_name_the_same_colours():
    assert list(palette.LIGHT) == list(palette.DARK)


@pytest.mark.parametrize("vision", VISION)
def test_colours_of_figures_are_distinct_for(vision):
    seen = {name: lab(np.array(VISION[vision]) @ linear(colour)) for name, colour in SERIES.items()}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 10, (one, other)
