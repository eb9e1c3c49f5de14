"""What all figures have in common. That their numbers are those of the flights: ``test_exact_figures.py``."""

import json
import re

import pytest

from insight import causes, day, maps, theme
from insight.airlines import AIRLINE_DELAYS, AIRLINES
from insight.calendar import CALENDAR
from insight.figure import Recipe
from insight.hours import HOURS
from insight.network import NETWORK_MAP, NETWORK_ROUTES
from ontime.pages.palette import DARK, LIGHT

MONTHS = {"first_month": "2013-01-01", "last_month": "2013-02-01"}
DAY = {"day": "2013-02-03"}

CASES = [
    (NETWORK_MAP, {"airport": "JFK", **MONTHS}),
    (NETWORK_ROUTES, MONTHS),
    (AIRLINES, MONTHS),
    (AIRLINE_DELAYS, MONTHS),
    (CALENDAR, {"year": 2013, "airport": "LGA"}),
    (HOURS, {"airport": "EWR", **MONTHS}),
    (day.DAY_STRIP, DAY),
    (day.DAY_OUTCOMES, DAY),
    (day.DAY_PREDICTIONS, DAY),
    (day.DAY_WEATHER, {"day": "2013-02-05", "measure": "rain"}),
    (causes.CAUSES_BY_MONTH, MONTHS),
    (causes.CAUSES_BY_AIRLINE, MONTHS),
]
ALL = {recipe.name: (recipe, choices) for recipe, choices in CASES}


@pytest.mark.parametrize(("recipe", "choices"), ALL.values(), ids=ALL)
def test_a_figure_is_drawn_with_and_without_rows(two_months, recipe: Recipe, choices):
    figure = recipe.figure(two_months, **choices)
    assert not figure.rows.empty
    assert len(figure.rows) <= 2_000
    for rows in (figure.rows, figure.rows.head(0), figure.rows.head(1)):
        text = json.dumps(recipe.draw(rows).to_dict())
        assert re.findall(r"https?://(?!vega\.github\.io/schema)", text) == []
        assert re.findall(r'"#[0-9a-f]{3,6}"', text) == []  # colours belong to the theme
        assert recipe.describe(rows).endswith(".")


@pytest.mark.parametrize(("recipe", "choices"), ALL.values(), ids=ALL)
def test_a_figure_becomes_an_svg_in_both_themes(two_months, recipe: Recipe, choices):
    vl_convert = pytest.importorskip("vl_convert")
    figure = recipe.figure(two_months, **choices)
    for scheme, colours in (("light", LIGHT), ("dark", DARK)):
        spec = maps.inlined(json.loads(theme.themed(figure.chart, scheme, figure.alt).to_json()))
        svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        assert colours["paper"] in svg
        assert spec["description"] == figure.alt


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_a_contrast_of_at_least_four_and_a_half(scheme):
    config = theme.config(scheme)
    paper = luminance(config["background"])
    texts = [config[part][name] for part in ("axis", "legend", "header") for name in ("labelColor", "titleColor")]
    texts += [config["text"]["color"], config["title"]["color"]]
    texts += [config["style"][name]["color"] for name in ("label", "note")]
    for colour in texts:
        dark, light = sorted((luminance(colour), paper))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour
