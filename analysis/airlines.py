"""Which airlines are late more or less often than the rest, after correction for having asked about all of them?"""

from dataclasses import dataclass

import pandas as pd
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.multitest import multipletests
from statsmodels.tools.tools import add_constant

from analysis.flights import FEWEST_DAYS, FEWEST_FLIGHTS, NothingToTell, completed, day_number
from analysis.intervals import CONFIDENCE, Interval, fitted_intervals

SIGNIFICANCE = 1 - CONFIDENCE


@dataclass(frozen=True)
class Airline:
    """An airline's late share less that of all others' flights, in percentage points, and its p-values.

    ``holm`` keeps the chance of even one false finding below 5 % (Holm 1979), ``benjamini_hochberg`` the
    expected share of false ones among the findings (Benjamini & Hochberg 1995).
    """

    code: str
    name: str
    flights: int
    late_share: float
    difference: Interval
    p_value: float
    holm: float
    benjamini_hochberg: float


@dataclass(frozen=True)
class Airlines:
    """``airlines`` from the least late; ``too_few`` are the codes of those that fly too little to be judged."""

    airlines: tuple[Airline, ...]
    too_few: tuple[str, ...]


def airlines(flights: pd.DataFrame) -> Airlines:
    """Every airline against the rest. Raises :class:`NothingToTell` when there are not two to compare."""
    arrived = completed(flights)
    counts = arrived["airline_code"].value_counts()
    days = arrived.groupby("airline_code", observed=True)["flight_date"].nunique()
    judged = sorted(set(counts[counts >= FEWEST_FLIGHTS].index) & set(days[days >= FEWEST_DAYS].index))
    if len(counts) < 2 or not judged:
        raise NothingToTell(
            f"A comparison needs two airlines, one of them with {FEWEST_FLIGHTS} flights on {FEWEST_DAYS} days; "
            f"there is {', '.join(counts.index)}."
        )
    cells = (
        arrived.assign(day=day_number(arrived))
        .groupby(["day", "airline_code"], observed=True)["is_arrival_delayed"]
        .agg(late_share="mean", flights="count")
        .reset_index()
    )
    names = arrived.groupby("airline_code", observed=True)["airline_name"].first()
    shares = arrived.groupby("airline_code", observed=True)["is_arrival_delayed"].mean()
    found = {code: _against_the_rest(cells, code) for code in judged}
    p_values = [p_value for _, p_value in found.values()]
    holm, benjamini_hochberg = (corrected(p_values, method) for method in ("holm", "fdr_bh"))
    rows = [
        Airline(code, names[code] or code, int(counts[code]), float(shares[code]), *found[code], *both)
        for code, *both in zip(judged, holm, benjamini_hochberg, strict=True)
    ]
    return Airlines(
        tuple(sorted(rows, key=lambda row: row.difference.estimate)), tuple(sorted(set(counts.index) - set(judged)))
    )


def corrected(p_values: list[float], method: str) -> list[float]:
    """P-values corrected for being several: ``holm`` or ``fdr_bh`` (Benjamini-Hochberg)."""
    return [float(value) for value in multipletests(p_values, alpha=SIGNIFICANCE, method=method)[1]]


def _against_the_rest(cells: pd.DataFrame, code: str) -> tuple[Interval, float]:
    """The difference in percentage points with its interval, and the p-value of none; errors clustered by day.

    Least squares on an indicator of the airline. A cell of a day and an airline, weighted with its flights,
    gives the same estimate and the same sums by day as its flights do one by one.
    """
    design = add_constant((cells["airline_code"] == code).to_numpy(dtype=float))
    model = WLS(100 * cells["late_share"].to_numpy(), design, weights=cells["flights"].to_numpy())
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": cells["day"].to_numpy()}, use_t=True)
    return fitted_intervals(fitted)[1], float(fitted.pvalues[1])
