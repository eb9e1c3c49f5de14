"""The bands of volume and distribution: how much a month may differ from other months, and from its published version.

``BANDS`` is the whole policy. Its limits come from a back-test on the twelve embedded months: each passes without a
warning, whichever of the three months before and after it are loaded (``tests/faults/test_volume.py``).

A month with fewer rows than usual is either a damaged file or a crisis. In a crisis many scheduled flights are
cancelled. So a month that is too small passes with a warning if at least the share ``CRISIS`` of its flights is
cancelled, unless an airline or airport has vanished. A small month without cancellations looks like a file that lost
rows: it stops, and a person decides whether to accept it (``ontime check clean … --accept-volume``). A month that is
in line with the month before passes with a warning, because the month before has passed its gate or was accepted.
After a crisis, airlines schedule about as many flights as they flew during it: such a month is in line too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

#: Share of cancelled flights from which a loss of volume counts as a crisis. The embedded year's worst month has 5 %,
#: September 2001 about 20 %, April 2020 about 40 %.
CRISIS = 0.15

#: Counts of one month by (measure, name): ``("rows", "")``, ``("airline", "UA")``, ``("destination", "BOS")``.
Counts = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Band:
    """A measure divided by its usual value must lie between ``low`` and ``high``.

    ``against`` says where the usual value comes from: ``months``, the median of the months nearby, or ``published``,
    the published version of the same month. A name whose usual value is below ``usual_at_least`` is not judged. A month
    outside the band stops, or passes with a warning if ``stops`` is false. ``source``: where the limits come from.
    """

    measure: str
    against: str
    low: float
    high: float
    usual_at_least: float
    stops: bool
    source: str

    def leaves(self, value: float, expected: float) -> bool:
        """Whether ``value`` lies outside the band; False if ``expected``, the usual value, is too small to judge."""
        return expected >= self.usual_at_least and not self.low <= value / expected <= self.high


ANY = float("inf")

BANDS = (
    Band("rows", "months", 0.8, ANY, 1, True, "lowest embedded month 0.88 of the median"),
    Band("rows", "months", 0, 1.5, 1, False, "highest embedded month 1.18 of the month before"),
    Band("airline", "months", 0.5, ANY, 100, True, "lowest embedded: FL 0.77, with over 200 flights a month"),
    Band("origin", "months", 0.5, ANY, 500, True, "lowest embedded: LGA 0.85"),
    Band("destination", "months", 0.5, ANY, 600, True, "lowest embedded pair of nearby months, over 600 flights: 0.6"),
    Band("destination", "months", 0.2, ANY, 200, True, "CHS grew from 71 flights in February to 294 in May: 0.24"),
    Band("airline", "months", 1e-9, ANY, 25, True, "no embedded airline with over 20 flights a month ends"),
    Band("origin", "months", 1e-9, ANY, 100, True, "no embedded airport with over 50 flights a month ends"),
    Band("destination", "months", 1e-9, ANY, 100, True, "no embedded airport with over 50 flights a month ends"),
    Band("station", "months", 0.5, ANY, 300, False, "embedded stations report 0.9 of their hours or more"),
    Band("part", "months", 0.5, ANY, 500, True, "as for airports"),
    Band("part", "months", 1e-9, ANY, 100, True, "as for airports"),
    Band("cancelled", "months", 0.05, ANY, 100, False, "lowest embedded month 0.3 of the median"),
    Band("commonest departure delay", "months", 0, 2, 0.001, True, "embedded months: 0.07 to 0.08 of the flights"),
    Band("commonest arrival delay", "months", 0, 2, 0.001, True, "embedded months: 0.024 to 0.028 of the flights"),
    Band("rows", "published", 0.98, ANY, 500, True, "publishers correct single rows; a file cut at 97 % lacks 3 %"),
    Band("rows", "published", 0, 1.1, 500, False, "publishers correct single rows"),
    Band("airline", "published", 0.9, ANY, 100, True, "publishers correct single rows"),
    Band("origin", "published", 0.9, ANY, 100, True, "publishers correct single rows"),
    Band("destination", "published", 0.9, ANY, 100, True, "publishers correct single rows"),
)


@dataclass(frozen=True)
class Finding:
    """One value outside its band, as a sentence; ``stops`` says whether the month may be published."""

    sentence: str
    stops: bool


def usual(months: Iterable[Counts]) -> dict[tuple[str, str], float]:
    """The median of each count over several months; a count that a month lacks is 0."""
    months = list(months)
    keys = {key for counts in months for key in counts}
    return {key: median(counts.get(key, 0) for counts in months) for key in keys}


def judge(month: str, counts: Counts, nearby: Counts, before: Counts, published: Counts) -> list[Finding]:
    """The counts of a month that lie outside ``BANDS``: first those that stop it, each by size.

    ``nearby`` are the usual counts of other months, ``before`` the counts of the month before if it has passed its
    gate, ``published`` those of the month's published version. Each may be empty: then it is not compared.
    """
    in_crisis = _share_cancelled(counts) >= CRISIS
    share_cancelled_before = _share_cancelled(before)
    flown = 1 - share_cancelled_before if share_cancelled_before >= CRISIS else 1
    worst: dict[tuple[str, str], tuple[float, Finding]] = {}
    for band in BANDS:
        for (measure, name), expected in (nearby if band.against == "months" else published).items():
            value, previous = counts.get((measure, name), 0), before.get((measure, name), 0)
            if measure != band.measure or not band.leaves(value, expected):
                continue
            # The month before changed in the same way: a season, a crisis, or a change that a person has accepted.
            in_line = bool(before) and band.against == "months"
            in_line &= not (band.leaves(value, previous) and band.leaves(value, flown * previous))
            if in_line and measure != "rows":
                continue
            thinner_in_crisis = in_crisis and 0 < value < expected and band.against == "months"
            stops = band.stops and not in_line and not thinner_in_crisis
            reason = " in a month with many cancellations" if thinner_in_crisis else ""
            sentence = _sentence(band, month, name, value, expected) + reason
            if (measure, name) not in worst or stops > worst[measure, name][1].stops:
                worst[measure, name] = (expected, Finding(sentence, stops))
    ordered = sorted(worst.values(), key=lambda item: (not item[1].stops, -item[0]))
    return [finding for _, finding in ordered]


def _share_cancelled(counts: Counts) -> float:
    return counts.get(("cancelled", ""), 0) / max(counts.get(("rows", ""), 0), 1)


def _sentence(band: Band, month: str, name: str, value: float, expected: float) -> str:
    where = "in its published version" if band.against == "published" else "in a month near it"
    if band.measure.startswith("commonest"):
        delay = band.measure.removeprefix("commonest ")
        return f"{value:.0%} of the flights in {month} have the same {delay}; {where} {expected:.1%}"
    subject = {
        "rows": "{} rows",
        "cancelled": "{} cancelled flights",
        "part": f"{{}} rows with {name}",
        "station": f"{{}} hours of weather at {name}",
        "airline": f"{{}} flights of {name}",
        "origin": f"{{}} flights from {name}",
        "destination": f"{{}} flights to {name}",
    }[band.measure].format(f"{value:,.0f}" if value else "no")
    return f"{subject} in {month}; {where} {expected:,.0f}"
