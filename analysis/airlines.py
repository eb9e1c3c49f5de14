"""Which airlines are late more or less often than the others, with p-values corrected for comparing all of them."""

from dataclasses import dataclass

import pandas as pd
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.multitest import multipletests
from statsmodels.tools.tools import add_constant

from analysis.flights import FEWEST_DAYS, FEWEST_FLIGHTS, NotEnoughData, completed, day_number
from analysis.intervals import Interval, fitted_intervals
from ml.evaluation.uncertainty import CONFIDENCE

SIGNIFICANCE = 1 - CONFIDENCE


@dataclass(frozen=True)
class Airline:
    """An airline's late share minus the late share of all other flights (percentage points), with its p-values.

    ``holm`` keeps the chance of even one false discovery below 5 % (Holm 1979). ``benjamini_hochberg`` keeps the
    expected share of false discoveries below 5 % (Benjamini & Hochberg 1995).
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
    """``airlines``, the least late first; ``too_few``: codes of airlines with too few flights or days."""

    airlines: tuple[Airline, ...]
    too_few: tuple[str, ...]


def airlines(flights: pd.DataFrame) -> Airlines:
    """Compare every airline with all others. Raises :class:`NotEnoughData` if there are not two to compare."""
    arrived = completed(flights)
    by_airline = arrived.groupby("airline_code", observed=True)
    counts = by_airline.size()
    is_large = (counts >= FEWEST_FLIGHTS) & (by_airline["flight_date"].nunique() >= FEWEST_DAYS)
    compared = sorted(counts.index[is_large])
    if len(counts) < 2 or not compared:
        raise NotEnoughData(
            f"A comparison needs two airlines, one of them with {FEWEST_FLIGHTS} flights on {FEWEST_DAYS} days; "
            f"the data has {', '.join(counts.index)}."
        )
    names, shares = by_airline["airline_name"].first(), by_airline["is_arrival_delayed"].mean()
    cells = _cells(arrived)
    differences = {code: _against_the_rest(cells, code) for code in compared}
    p_values = [p_value for _, p_value in differences.values()]
    holm, benjamini_hochberg = (corrected(p_values, method) for method in ("holm", "fdr_bh"))
    rows = [
        Airline(code, names[code] or code, int(counts[code]), float(shares[code]), *differences[code], *both)
        for code, *both in zip(compared, holm, benjamini_hochberg, strict=True)
    ]
    return Airlines(
        tuple(sorted(rows, key=lambda row: row.difference.estimate)), tuple(sorted(set(counts.index) - set(compared)))
    )


def corrected(p_values: list[float], method: str) -> list[float]:
    """P-values corrected for multiple comparisons: ``holm`` or ``fdr_bh`` (Benjamini-Hochberg)."""
    return [float(value) for value in multipletests(p_values, alpha=SIGNIFICANCE, method=method)[1]]


def _cells(arrived: pd.DataFrame) -> pd.DataFrame:
    """Late share and number of flights per day and airline."""
    groups = arrived.assign(day=day_number(arrived)).groupby(["day", "airline_code"], observed=True)
    return groups["is_arrival_delayed"].agg(late_share="mean", flights="count").reset_index()


def _against_the_rest(cells: pd.DataFrame, code: str) -> tuple[Interval, float]:
    """The difference in percentage points with its interval, and its p-value; errors are clustered by day.

    Least squares on an indicator of the airline. A cell of one day and airline, weighted by its flights, gives the same
    estimate and the same sums by day as the single flights would.
    """
    design = add_constant((cells["airline_code"] == code).to_numpy(dtype=float))
    model = WLS(100 * cells["late_share"].to_numpy(), design, weights=cells["flights"].to_numpy())
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": cells["day"].to_numpy()}, use_t=True)
    return fitted_intervals(fitted)[1], float(fitted.pvalues[1])
