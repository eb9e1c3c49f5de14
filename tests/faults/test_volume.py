"""Volume and distribution of a month of flights

Each fault is a query that spoils March 2013, which has every day and passes every other check. January, February and
April are in the lake and have passed their gate.
"""

import itertools
import os
import shutil
from collections.abc import Iterable
from functools import partial

import duckdb
import pytest

from expectations import bands, volume
from expectations.validate import GateFailed, validate_clean
from ontime import lake, warehouse
from ontime.settings import settings
from tests.faults import volume_data
from tests.faults.fault import Fault, Verdict

MARCH = "2013-03"
OTHERS = ("2013-01", "2013-02", "2013-04")
WHERE = "check clean flights"
REFUSED, WARNED, READ = Verdict.REFUSED, Verdict.WARNED, Verdict.HARMLESS


def kept(share: float, more: str = "") -> str:
    """A query that keeps this share of the rows, spread over the month."""
    return f"from month where hash(flight_number, flight_date, airline_code, 7) % 1000 < {share * 1000}{more}"


def values(**changed: str) -> str:
    """A query that replaces columns by SQL expressions."""
    return f"select * replace ({', '.join(f'{sql} as {name}' for name, sql in changed.items())}) from month"


def cancelled(share: float, rows: float) -> str:
    """A query that keeps a share of the rows and cancels a share of those."""
    cancel = f"is_cancelled or hash(flight_number, flight_date, 11) % 1000 < {share * 1000}"
    emptied = ("departed_at", "arrived_at", "departure_delay_minutes", "arrival_delay_minutes", "air_time_minutes")
    empty = ", ".join(f"case when {cancel} then null else {name} end as {name}" for name in emptied)
    return (
        f"select * replace ({empty}, ({cancel}) as is_cancelled, is_diverted and not ({cancel}) as is_diverted) "
        f"from ({kept(rows)})"
    )


def recoded(code: str, share: float = 1.0) -> str:
    wrong = f"destination_airport_code = 'BOS' and hash(flight_number, flight_date, 5) % 1000 < {share * 1000}"
    return values(destination_airport_code=f"case when {wrong} then '{code}' else destination_airport_code end")


LOST_BOSTON = "from month where destination_airport_code <> 'BOS'"

#: Rows for `make test-more`: a check that another row also stops.
MORE = (
    "a third of the rows lost, every day present",
    "ten rows",
    "no flights from JFK",
    "no flights of HA, one a day",
    "two thirds of the flights of UA lost",
    "a fifth of the arrival delays are 0",
    "all arrival delays are 7",
    "Boston's code is that of a Californian airport",
    "the last evening is missing",
    "distances in kilometers",
    "a crisis without UA",
    "an eighth of the published flights to Boston are gone",
    "as many flights as are published",
    "the record of accepted volume is a list",
    "the record of accepted volume is random bytes",
)
MONTHS = [
    Fault("half of the rows, every day present", WHERE, REFUSED, "rows in 2013-03; in a month near it", kept(0.5)),
    Fault("a third of the rows lost, every day present", WHERE, REFUSED, "in a month near it 27,004", kept(0.67)),
    Fault("one row a day", WHERE, REFUSED, "31 flights in 2013-03: no month has so few",
          "select * from month qualify row_number() over (partition by flight_date order by flight_number) = 1"),
    Fault("ten rows", WHERE, REFUSED, "10 flights in 2013-03: no month has so few", "from month limit 10"),
    Fault("no flights from JFK", WHERE, REFUSED, "no flights from JFK in 2013-03; in a month near it 9,161",
          "from month where origin_airport_code <> 'JFK'"),
    Fault("no flights of UA", WHERE, REFUSED, "no flights of UA in 2013-03; in a month near it 4,637",
          "from month where airline_code <> 'UA'"),
    Fault("no flights of HA, one a day", WHERE, REFUSED, "no flights of HA in 2013-03; in a month near it 30",
          "from month where airline_code <> 'HA'"),
    Fault("two thirds of the flights of UA lost", WHERE, REFUSED, "flights of UA in 2013-03",
          kept(0.3, " or airline_code <> 'UA'")),
    Fault("all delays are 0", WHERE, REFUSED, "have the same departure delay",
          values(departure_delay_minutes="0 * departure_delay_minutes",
                 arrival_delay_minutes="0 * arrival_delay_minutes")),
    Fault("a fifth of the arrival delays are 0", WHERE, REFUSED, "have the same arrival delay; in a month near it",
          values(arrival_delay_minutes="case when flight_number % 5 = 0 then 0 * arrival_delay_minutes "
                                       "else arrival_delay_minutes end")),
    Fault("all arrival delays are 7", WHERE, REFUSED, "have the same arrival delay",
          values(arrival_delay_minutes="0 * arrival_delay_minutes + 7")),
    Fault("Boston's code is unknown: 1,324 flights in quarantine", WHERE, REFUSED, "no flights to BOS in 2013-03",
          LOST_BOSTON),
    Fault("Boston's code is that of a Californian airport", WHERE, REFUSED, "flights from EWR to BUR report 200 miles",
          recoded("BUR")),
    Fault("one in ten flights to Boston goes to California", WHERE, REFUSED, "the airports are 2,4",
          recoded("BUR", 0.1)),
    Fault("the file ends at 97 %", WHERE, REFUSED, "flights on 2013-03-31; a usual day of the month has",
          "from month order by flight_date, departed_at limit 28000"),
    Fault("the last evening is missing", WHERE, REFUSED, "no flights on 2013-03-31 after 16:59",
          "from month where scheduled_departure_local_at < '2013-03-31 17:00'"),
    Fault("a day is missing", WHERE, REFUSED, "no flights on 2013-03-13", "from month where day(flight_date) <> 13"),
    Fault("distances in kilometers", WHERE, REFUSED, "miles; the airports are",
          values(distance_miles="(distance_miles * 1.2)::int")),
    Fault("a month like April 2020: half of the schedule, two in five cancelled", WHERE, WARNED,
          "flights in 2013-03 are cancelled", cancelled(0.4, 0.5)),
    Fault("a crisis without UA", WHERE, REFUSED, "no flights of UA in 2013-03",
          cancelled(0.4, 0.5) + " where airline_code <> 'UA'"),
    Fault("an ordinary month", WHERE, READ, "", "from month"),
]  # fmt: skip


def published(spoil: str = "from month") -> None:
    """Publish a warehouse that has March."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    file = settings.warehouse_dir / "new.duckdb"
    march = volume_data.month_of(MARCH, spoil)
    with duckdb.connect(str(file)) as connection:
        connection.register("march", march)
        connection.execute("create schema marts; create table marts.fct_flights as from march")
    warehouse.publish("ontime", file, {})


def published_and_cut() -> None:
    published()
    file = warehouse.current().path
    file.chmod(0o644)
    os.truncate(file, 5000)


def accepted(content: bytes) -> None:
    (settings.clean_dir / ".accepted").mkdir(exist_ok=True)
    (settings.clean_dir / ".accepted" / f"flights-{MARCH}.json").write_bytes(content)


HALF, WHOLE = kept(0.5), "from month"
PUBLISHED_FAULTS = {
    Fault("2 % of the published flights are gone", WHERE, REFUSED, "rows in 2013-03; in its published version 28,834"):
        (kept(0.975), published),
    Fault("a tenth more flights than are published", WHERE, WARNED, "28,834 rows in 2013-03; in its published version"):
        (WHOLE, lambda: published(kept(0.9))),
    Fault("an eighth of the published flights to Boston are gone", WHERE, REFUSED, "flights to BOS in 2013-03; in its"):
        (kept(0.87, " or destination_airport_code <> 'BOS'"), published),
    Fault("as many flights as are published", WHERE, READ):
        (WHOLE, published),
    Fault("the published file is damaged", WHERE, WARNED, "2013-03 is not compared with its published version. "):
        (WHOLE, published_and_cut),
    **{
        Fault(f"the record of accepted volume is {name}", WHERE, REFUSED, "rows in 2013-03; in a month near it"):
            (HALF, partial(accepted, content))
        for name, content in {"empty": b"", "a list": b"[1]", "random bytes": bytes(range(256))}.items()
    },
}  # fmt: skip
FAULTS = [*MONTHS, *PUBLISHED_FAULTS]


@pytest.fixture(scope="module")
def months(module_data_dir):
    volume_data.store_good_months(OTHERS)


def warnings_of(spoil: str, **options) -> list[str]:
    volume_data.store_month(MARCH, spoil)
    return validate_clean("flights", [MARCH], **options)["warnings"]


def quick(faults: Iterable[Fault]) -> list:
    """The faults, those in ``MORE`` for `make test-more`."""
    return [pytest.param(fault, marks=pytest.mark.more) if fault.name in MORE else fault for fault in faults]


@pytest.mark.parametrize("fault", quick(MONTHS), ids=str)
def test_a_spoiled_month(months, fault):
    _judge(fault, fault.cause)


@pytest.mark.parametrize("fault", quick(PUBLISHED_FAULTS), ids=str)
def test_what_the_month_is_compared_with(months, fault):
    spoil, prepare = PUBLISHED_FAULTS[fault]
    try:
        prepare()
        _judge(fault, spoil)
    finally:
        for folder in (settings.warehouse_dir, settings.clean_dir / ".accepted"):
            shutil.rmtree(folder, ignore_errors=True)


def _judge(fault: Fault, spoil: str) -> None:
    if fault.verdict is REFUSED:
        with pytest.raises(GateFailed) as failed:
            warnings_of(spoil)
        assert fault.message in str(failed.value)
        assert "clean.flights.volume 2013-03: " in str(failed.value)
    elif fault.verdict is WARNED:
        assert any(fault.message in warning for warning in warnings_of(spoil))
    else:
        assert warnings_of(spoil) == []
    assert lake.clean_partition("flights", MARCH).is_validated is (fault.verdict is not REFUSED)


def test_an_accepted_month_passes_with_its_warnings_until_its_file_changes(months):
    accepted = warnings_of(kept(0.5), accept_volume=True)
    assert any("accepted: " in warning for warning in accepted)
    assert validate_clean("flights", [MARCH])["warnings"] == accepted

    with pytest.raises(GateFailed):
        warnings_of(kept(0.45))


def test_a_month_alone_and_two_months_pass(data_dir):
    volume_data.store_airports()
    for month in ("2013-02", MARCH):  # the storm of February, and the month after it
        volume_data.store_month(month)
        assert validate_clean("flights", [month])["warnings"] == []


@pytest.mark.more
def test_every_embedded_month_passes_with_any_of_the_months_near_it(data_dir):
    months = [f"2013-{number:02d}" for number in range(1, 13)]
    volume_data.store_good_months(months)
    counts = {month: volume._counts(lake.clean_partition("flights", month)) for month in months}
    for month in months:
        near = sorted(volume._months_near(month) & set(months))
        for number in range(len(near) + 1):
            for others in itertools.combinations(near, number):
                usual = bands.usual([counts[other] for other in others])
                before = counts[volume.month_before(month)] if volume.month_before(month) in others else {}
                assert bands.judge(month, counts[month], usual, before, {}) == [], (month, others)
