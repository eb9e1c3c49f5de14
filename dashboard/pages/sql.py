"""SQL: the reader's own queries on the published data."""

import streamlit as st

from dashboard import parts
from dashboard.places import LABEL_PIXELS, place_of_pixels
from insight import sandbox

EXAMPLES = {
    "The tables": """SELECT table_name, estimated_size AS row_count
FROM duckdb_tables()
WHERE schema_name = 'marts'
ORDER BY table_name""",
    "The columns of a table": "DESCRIBE marts.agg_flights_daily",
    "The first rows": "FROM marts.dim_airlines",
    "Filter and sort": """SELECT flight_date, origin_airport_code, flight_count, cancelled_count
FROM marts.agg_flights_daily
WHERE cancelled_count > 0
ORDER BY cancelled_count DESC, flight_date
LIMIT 20""",
    "Group: late share by airline": """SELECT
    airline_code,
    sum(arrival_count) AS arrivals,
    round(100 * sum(arrival_delayed_count) / sum(arrival_count), 1) AS late_percent
FROM marts.agg_flights_daily
GROUP BY airline_code
ORDER BY late_percent""",
    "Join: names of the airlines": """SELECT airline_name, sum(flight_count) AS flights
FROM marts.agg_flights_daily
INNER JOIN marts.dim_airlines USING (airline_code)
GROUP BY airline_name
ORDER BY flights DESC""",
    "A share is not an average of shares": """WITH days AS (
    SELECT flight_date, sum(arrival_delayed_count) AS late, sum(arrival_count) AS arrivals
    FROM marts.agg_flights_daily
    GROUP BY flight_date
)
SELECT
    round(100 * avg(late / nullif(arrivals, 0)), 2) AS average_of_daily_percents,
    round(100 * sum(late) / sum(arrivals), 2) AS percent_of_all_arrivals
FROM days""",
    "Quantiles from a histogram": """WITH bins AS (
    SELECT delay_minutes_from, sum(arrival_count) AS arrivals
    FROM marts.agg_delay_histogram_monthly
    GROUP BY delay_minutes_from
)
SELECT
    delay_minutes_from,
    arrivals,
    round(sum(arrivals) OVER (ORDER BY delay_minutes_from) / sum(arrivals) OVER (), 3) AS share_up_to_here
FROM bins
ORDER BY delay_minutes_from""",
    "Window: rank of each airline by month": """WITH months AS (
    SELECT
        date_trunc('month', flight_date)::date AS month,
        airline_code,
        round(100 * sum(arrival_delayed_count) / nullif(sum(arrival_count), 0), 1) AS late_percent
    FROM marts.agg_flights_daily
    GROUP BY ALL
)
SELECT *, rank() OVER (PARTITION BY month ORDER BY late_percent) AS rank_in_month
FROM months
ORDER BY month, rank_in_month""",
    "Window: mean of seven days": """WITH days AS (
    SELECT flight_date, sum(cancelled_count) AS cancelled
    FROM marts.agg_flights_daily
    GROUP BY flight_date
)
SELECT
    *,
    round(avg(cancelled) OVER (ORDER BY flight_date RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW), 1)
        AS mean_of_7_days
FROM days
ORDER BY flight_date""",
}
#: The height of the field for the query.
QUERY_PIXELS = 220


def use_example() -> None:
    """Put the chosen example into the text area."""
    st.session_state["sql"] = EXAMPLES[st.session_state["example"]]


st.title("SQL")
st.write(
    f"Ask the published warehouse yourself. A query only reads, gets {sandbox.SECONDS:g} seconds, and shows its first "
    f"{sandbox.ROWS:,} rows. It is part of this page's address, so you can send it as a link."
)
parts.need("warehouse")
st.selectbox("Examples, from easy to window functions", list(EXAMPLES), key="example", on_change=use_example)
st.session_state.setdefault("sql", EXAMPLES["The tables"])
with st.container(key=f"query-{place_of_pixels(LABEL_PIXELS + QUERY_PIXELS)}"):
    sql = st.text_area("Query (run it with Ctrl+Enter)", key="sql", height=QUERY_PIXELS, bind="query-params")
try:
    answer = sandbox.answer(parts.published(), sql)
except sandbox.Refused as refused:
    st.error("The query was not answered.")
    st.code(str(refused), language=None, wrap_lines=True)
else:
    st.dataframe(answer.rows, hide_index=True)
    shown = f"The first {len(answer.rows):,} rows; there are more." if answer.is_cut else f"{len(answer.rows):,} rows."
    st.caption(f"{shown} {1000 * answer.seconds:,.0f} ms.")
    if answer.plan:
        with st.expander("How DuckDB executes it (EXPLAIN)"):
            st.code(answer.plan, language=None, wrap_lines=True)
