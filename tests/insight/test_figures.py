"""What all figures have in common, and that their integers are those of the single flights."""

import json
import re

import pandas as pd
import pytest

from insight import causes, day, maps, theme
from insight.airlines import AIRLINE_DELAYS, AIRLINES
from insight.calendar import CALENDAR
from insight.figure import Recipe
from insight.hours import HOURS
from insight.network import NETWORK_MAP, NETWORK_ROUTES
from ontime.pages.palette import DARK, LIGHT

MONTHS = {"first_month": "2013-01-01", "last_month": "2013-02-01"}
IN_MONTHS = "flight_date BETWEEN DATE '2013-01-01' AND DATE '2013-02-28'"
ON_DAY = "flight_date = DATE '2013-02-03'"
HOUR = "hour(scheduled_departure_local_at)::integer"
COUNTS = """
    count(*) AS flight_count,
    count_if(is_cancelled) AS cancelled_count,
    count_if(is_diverted) AS diverted_count,
    count(arrival_delay_minutes) AS arrival_count,
    count_if(arrival_delay_minutes >= 15) AS arrival_delayed_count,
    count_if(arrival_delay_minutes < 15) AS on_time_count
"""

#: A recipe, choices, and the same rows from single flights: the groups as SQL, and which flights.
CASES = [
    pytest.param(
        NETWORK_MAP,
        {"airport": "JFK", **MONTHS},
        {"airport_code": "destination_airport_code"},
        f"origin_airport_code = 'JFK' AND {IN_MONTHS}",
        id="network_map",
    ),
    pytest.param(
        NETWORK_ROUTES,
        {"first_month": "2013-02-01", "last_month": "2013-02-01"},
        {
            "origin_airport_code": "origin_airport_code",
            "destination_airport_code": "destination_airport_code",
        },
        "flight_date >= DATE '2013-02-01'",
        id="network_routes, one month",
    ),
    pytest.param(AIRLINES, MONTHS, {"airline_code": "airline_code"}, IN_MONTHS, id="airlines"),
    pytest.param(AIRLINE_DELAYS, MONTHS, {"airline_code": "airline_code"}, IN_MONTHS, id="airline_delays"),
    pytest.param(
        CALENDAR, {"year": 2013, "airport": None}, {"flight_date": "flight_date::timestamp"}, "true", id="calendar"
    ),
    pytest.param(
        CALENDAR,
        {"year": 2013, "airport": "LGA"},
        {"flight_date": "flight_date::timestamp"},
        "origin_airport_code = 'LGA'",
        id="calendar of an airport",
    ),
    pytest.param(
        HOURS,
        {"airport": "EWR", **MONTHS},
        {"airport": "airport", "scheduled_departure_hour": HOUR},
        "airport IN ('EWR', 'all airports')",
        id="hours",
    ),
    pytest.param(
        day.DAY_STRIP,
        {"day": "2013-02-03"},
        {"airport_code": "origin_airport_code", "scheduled_departure_hour": HOUR},
        ON_DAY,
        id="day_strip",
    ),
    pytest.param(
        day.DAY_OUTCOMES, {"day": "2013-02-03"}, {"scheduled_departure_hour": HOUR}, ON_DAY, id="day_outcomes"
    ),
    pytest.param(
        day.DAY_PREDICTIONS,
        {"day": "2013-02-03"},
        {"scheduled_departure_hour": HOUR},
        f"{ON_DAY} AND arrival_delay_minutes IS NOT NULL AND {HOUR} >= 12",
        id="day_predictions",
    ),
]


@pytest.mark.parametrize(("recipe", "choices", "groups", "condition"), CASES)
def test_the_integers_are_those_of_the_flights(two_months, recipe: Recipe, choices, groups, condition):
    keys = ", ".join(f"{expression} AS {name}" for name, expression in groups.items())
    flights = two_months.execute(f"""
        SELECT {keys}, {COUNTS}
        FROM (
            SELECT *, origin_airport_code AS airport FROM marts.fct_flights
            UNION ALL SELECT *, 'all airports' FROM marts.fct_flights WHERE 'hours' = $name
        )
        WHERE {condition}
        GROUP BY ALL
    """, {"name": recipe.name}).df()  # fmt: skip
    rows = recipe.figure(two_months, **choices).rows
    counts = [name for name in rows if name.endswith("_count") and name in flights]
    assert counts
    expected = flights.sort_values(list(groups))[[*groups, *counts]].reset_index(drop=True)
    actual = rows.sort_values(list(groups))[[*groups, *counts]].reset_index(drop=True)
    assert all(pd.api.types.is_integer_dtype(actual[name]) for name in counts)
    pd.testing.assert_frame_equal(actual, expected, check_dtype=False, check_exact=True)


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        (causes.CAUSES_BY_MONTH, "date_trunc('month', flight_date)::timestamp AS month_start_date"),
        (causes.CAUSES_BY_AIRLINE, "airline_code"),
    ],
)
def test_causes_add_up_to_the_delays_of_the_flights(two_months, recipe, key):
    rows = recipe.figure(two_months, **MONTHS).rows
    name = key.split(" AS ")[-1]
    flights = two_months.execute(f"""
        SELECT
            {key}, count(*) AS flights, sum(arrival_delay_minutes)::bigint AS minutes,
            sum(nas_delay_minutes)::bigint AS nas
        FROM marts.fct_flights WHERE is_arrival_delayed GROUP BY ALL
    """).df().set_index(name)  # fmt: skip
    by_key = rows.groupby(name)
    assert by_key["minutes"].sum().to_dict() == flights["minutes"].to_dict()
    assert by_key["delayed_count"].first().to_dict() == flights["flights"].to_dict()
    assert rows[rows["cause"] == "nas"].set_index(name)["minutes"].to_dict() == flights["nas"].to_dict()


ALL = {case.values[0].name: case.values[:2] for case in CASES} | {
    "day_weather": (day.DAY_WEATHER, {"day": "2013-02-05", "measure": "rain"}),
    "causes": (causes.CAUSES_BY_MONTH, MONTHS),
    "causes_by_airline": (causes.CAUSES_BY_AIRLINE, MONTHS),
}


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
