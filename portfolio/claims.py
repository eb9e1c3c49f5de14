"""Claims: sentences of the site whose wording the data chooses.

A claim is a list of wordings, each with a condition on the values of the facts. The first whose condition holds is
used; if none holds, the site leaves the claim out. A wording contains no digit: ``{hours.worst_share}`` stands for a
fact.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from portfolio.facts import Facts

PLACEHOLDER = re.compile(r"{([a-z_.]+)}")


class Wording(NamedTuple):
    """``holds`` gets the values of the facts by name; a wording holds only if all facts of its text exist."""

    text: str
    holds: Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Claim:
    """The wording that the data has chosen, with its placeholders."""

    name: str
    text: str

    def written(self, facts: Facts) -> str:
        """The sentence with the facts as text."""
        return PLACEHOLDER.sub(lambda match: facts[match[1]].text, self.text)


#: The answer to a question if the data supports no claim.
NO_ANSWER = "The published data does not say."
#: Two shares that differ by less count as equal; a forecast is right on average if it misses by no more.
ALIKE = 0.02
#: Traffic collapses on a day on which at least this share of the flights is cancelled.
COLLAPSE = 0.25
#: Two programs that fit the same model differ by less.
SAME_FIT = 1e-5


def _differ(values: dict[str, Any], topic: str) -> bool:
    return values[f"{topic}.worst_share"] - values[f"{topic}.best_share"] >= ALIKE


def _gets_worse(values: dict[str, Any]) -> bool:
    return values["hours.rising_share"] > 0.8 and values["hours.worst_hour"] > values["hours.best_hour"]


WORDINGS: dict[str, list[Wording]] = {
    "lateness": [
        Wording(
            "{flights.late_share} of the arrivals are fifteen minutes late or more; {flights.cancelled_share} of the "
            "scheduled flights are cancelled.",
            lambda v: True,
        ),
    ],
    "hours": [
        Wording(
            "Leave early. Delays build up during the day: of the flights scheduled from {hours.best_hour}, "
            "{hours.best_share} arrived late; of those from {hours.worst_hour}, {hours.worst_share}.",
            lambda v: _differ(v, "hours") and _gets_worse(v),
        ),
        Wording(
            "The hour matters: of the flights scheduled from {hours.best_hour}, {hours.best_share} arrived late; "
            "of those from {hours.worst_hour}, {hours.worst_share}.",
            lambda v: _differ(v, "hours"),
        ),
        Wording(
            "The hour hardly matters: between {hours.best_share} and {hours.worst_share} of the flights arrived late.",
            lambda v: v["hours.hour_count"] > 1,
        ),
    ],
    "months": [
        Wording(
            "{months.worst_month} was the worst month, with {months.worst_share} of the arrivals late; "
            "{months.best_month} was the best, with {months.best_share}.",
            lambda v: v["months.month_count"] > 1 and _differ(v, "months"),
        ),
        Wording(
            "The months were alike: between {months.best_share} and {months.worst_share} of the arrivals were late.",
            lambda v: v["months.month_count"] > 1,
        ),
    ],
    "days": [
        Wording(
            "Traffic collapsed on {days.worst_date}: {days.cancelled_share} of the flights were cancelled.",
            lambda v: v["days.day_count"] > 1 and v["days.cancelled_share"] >= COLLAPSE,
        ),
        Wording(
            "Most cancellations on one day: {days.cancelled_share} of the flights of {days.worst_date}.",
            lambda v: v["days.day_count"] > 1 and v["days.cancelled_count"] > 0,
        ),
        Wording("On none of these days was a flight cancelled.", lambda v: v["days.day_count"] > 1),
    ],
    "airlines": [
        Wording(
            "Choose the airline: of the large ones ({airlines.large_share} of the arrivals or more), "
            "{airlines.best_name} was late in {airlines.best_share} of its arrivals, {airlines.worst_name} in "
            "{airlines.worst_share}.",
            lambda v: v["airlines.airline_count"] > 1 and _differ(v, "airlines"),
        ),
        Wording(
            "The large airlines were alike: between {airlines.best_share} and {airlines.worst_share} of their "
            "arrivals were late.",
            lambda v: v["airlines.airline_count"] > 1,
        ),
    ],
    "rain": [
        Wording(
            "Rain and snow delay flights: of those scheduled in an hour with either, {rain.wet_share} arrived late; of "
            "the others, {rain.dry_share}.",
            lambda v: v["rain.wet_share"] - v["rain.dry_share"] >= ALIKE,
        ),
        Wording(
            "Rain and snow hardly matter: of the flights scheduled in an hour with either, {rain.wet_share} arrived "
            "late; of the others, {rain.dry_share}.",
            lambda v: abs(v["rain.wet_share"] - v["rain.dry_share"]) < ALIKE,
        ),
        Wording(
            "More flights were late in dry hours ({rain.dry_share}) than in those with rain or snow "
            "({rain.wet_share}).",
            lambda v: True,
        ),
    ],
    "destinations": [
        Wording(
            "Of {destinations.destination_count} destinations, the large ones differ: {destinations.best_name} was "
            "late least often ({destinations.best_share}), {destinations.worst_name} most often "
            "({destinations.worst_share}).",
            lambda v: v["destinations.large_count"] > 1 and _differ(v, "destinations"),
        ),
        Wording(
            "The large ones of {destinations.destination_count} destinations were alike: between "
            "{destinations.best_share} and {destinations.worst_share} of the arrivals were late.",
            lambda v: v["destinations.large_count"] > 1,
        ),
    ],
    "ranking": [
        Wording(
            "Two hours before departure, the model already knows a lot: in {model.pairs_share} of all pairs of a "
            "late and a punctual flight, it gives the late one the higher probability.",
            lambda v: v["model.pairs_share"] >= 0.7,
        ),
        Wording(
            "Two hours before departure, the model is better than chance: in {model.pairs_share} of all pairs of a "
            "late and a punctual flight, it gives the late one the higher probability.",
            lambda v: v["model.pairs_share"] > 0.5 + ALIKE,
        ),
        Wording(
            "The model is no better than chance: in {model.pairs_share} of all pairs of a late and a punctual flight, "
            "it gives the late one the higher probability.",
            lambda v: True,
        ),
    ],
    "flagged": [
        Wording(
            "Check the riskiest tenth first: in the test, it contained {flagged.caught_share} of all late flights.",
            lambda v: v["flagged.caught_share"] > v["flagged.flagged_share"] + ALIKE,
        ),
        Wording(
            "Flagging does not pay: in the test, the riskiest tenth contained {flagged.caught_share} of all late "
            "flights.",
            lambda v: True,
        ),
    ],
    "calibration": [
        Wording(
            "On average its probabilities are right: it expected {model.expected_share} of the flights of the test "
            "to be late, and {model.late_share} were.",
            lambda v: abs(v["model.expected_share"] - v["model.late_share"]) <= ALIKE,
        ),
        Wording(
            "Its probabilities were too low in the test: it expected {model.expected_share} of the flights to be late, "
            "and {model.late_share} were.",
            lambda v: v["model.expected_share"] < v["model.late_share"],
        ),
        Wording(
            "Its probabilities were too high in the test: it expected {model.expected_share} of the flights to be "
            "late, and {model.late_share} were.",
            lambda v: True,
        ),
    ],
    "opinion": [
        Wording(
            "R agrees: fitted to the same {opinion.flight_count} flights, its log-odds differ from ours by "
            "{opinion.odds_difference} at most, its standard errors by {opinion.error_difference}.",
            lambda v: max(v["opinion.odds_difference"], v["opinion.error_difference"]) < SAME_FIT,
        ),
        Wording(
            "R does not agree: fitted to the same {opinion.flight_count} flights, its log-odds differ from ours by up "
            "to {opinion.odds_difference}, its standard errors by up to {opinion.error_difference}.",
            lambda v: True,
        ),
    ],
    "labs": [
        Wording(
            "All {labs.lab_count} labs are solved. Checks that hold: {labs.check_count}.",
            lambda v: 0 < v["labs.solved_count"] == v["labs.lab_count"],
        ),
        Wording(
            "Solved: {labs.solved_count} of {labs.lab_count} labs. Checks that hold: {labs.check_count}.",
            lambda v: v["labs.solved_count"] > 0,
        ),
        Wording("None of the {labs.lab_count} labs has been solved in this copy.", lambda v: True),
    ],
    "incidents": [
        Wording(
            "Repaired: {incidents.solved_count} of {incidents.incident_count} incidents.",
            lambda v: v["incidents.solved_count"] > 0,
        ),
        Wording("None of the {incidents.incident_count} incidents has been repaired in this copy.", lambda v: True),
    ],
}


def choose(facts: Facts) -> dict[str, Claim]:
    """The claims that these facts support, by name."""
    values = {name: fact.value for name, fact in facts.items()}
    claims = {}
    for name, wordings in WORDINGS.items():
        for text, holds in wordings:
            if _has_facts(text, values) and _holds(holds, values):
                claims[name] = Claim(name, text)
                break
    return claims


def _has_facts(text: str, values: dict[str, Any]) -> bool:
    return all(name in values for name in PLACEHOLDER.findall(text))


def _holds(holds: Callable[[dict[str, Any]], bool], values: dict[str, Any]) -> bool:
    """Whether a condition holds; not if a fact that it uses is missing."""
    try:
        return holds(values)
    except KeyError:
        return False
