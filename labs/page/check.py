"""Checks of the lab *page*: Streamlit runs it without a browser, with published data that the check replaces."""

import re
import sys

import duckdb
import pandas as pd
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

SHARES = """
select origin, 100.0 * count(*) filter (arr_delay >= 15) / count(arr_delay) as share, count(arr_delay) as arrived
from flights group by origin order by origin
"""
FEW = pd.DataFrame({"origin": ["AAA", "AAA", "BBB"], "carrier": "X", "arr_delay": [20.0, 0.0, None]})


class Site:
    """The page and what is published. ``reads`` counts how often the data was read."""

    def __init__(self, page, folder):
        self._page, self._folder, self.reads = page, folder, 0

    def publish(self, flights):
        """As the project does: a new file, then the link to it."""
        file = self._folder / f"{len(list(self._folder.iterdir()))}.parquet"
        flights.to_parquet(file, index=False)
        link = self._folder / "current"
        link.unlink(missing_ok=True)
        link.symlink_to(file)

    def open(self, **query):
        app = AppTest.from_file(str(self._page), default_timeout=30)
        app.query_params.update(query)
        return run(app)


@pytest.fixture
def site(answer, tmp_path, monkeypatch):
    # At each start, Streamlit looks for components in all installed packages, which takes longer than the page.
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", lambda: [], raising=False)
    monkeypatch.syspath_prepend(str(answer.folder))
    monkeypatch.setenv("FLIGHTS", str(tmp_path / "current"))
    sys.modules.pop("published_flights", None)
    st.cache_data.clear()
    st.cache_resource.clear()
    site = Site(answer.path, tmp_path)
    import published_flights

    read = published_flights.flights

    def counted(version):
        site.reads += 1
        return read(version)

    monkeypatch.setattr(published_flights, "flights", counted)
    yield site
    sys.modules.pop("published_flights", None)


def run(app_or_element):
    app = app_or_element.run()
    errors = [f"{error.proto.type}: {error.message}" for error in app.exception]
    assert not errors, f"the page ends with an error: {errors[0]}"
    return app


def selectbox(app):
    boxes = [box for box in app.selectbox if box.label == "Airport"]
    assert len(boxes) == 1, f"the page has {len(boxes)} selectboxes with the label Airport"
    return boxes[0]


def shown(app):
    """The metric's number and its text."""
    metrics = [metric for metric in app.metric if metric.label == "Late arrivals"]
    assert len(metrics) == 1, f"the page has {len(metrics)} metrics with the label Late arrivals"
    number = re.fullmatch(r"(\d+\.\d) ?%", metrics[0].value)
    assert number, f"the metric is “{metrics[0].value}”, not per cent with one decimal"
    return float(number[1])


def texts(app):
    return " ".join(str(element.value) for kind in (app.info, app.warning) for element in kind)


def test_airports(site, year):
    """The selectbox offers the airports of the data in alphabetical order"""
    site.publish(year.flights[["origin", "carrier", "arr_delay"]])
    airports = sorted(year.tables["flights"]["origin"].unique())
    options = selectbox(site.open()).options
    assert options == airports, f"your options are {', '.join(options)}"


def test_metric(site, year):
    """The metric is the share of late arrivals at each airport, and a caption says of how many"""
    flights = year.flights[["origin", "carrier", "arr_delay"]]
    site.publish(flights)
    app = site.open()
    for airport, share, arrived in duckdb.sql(SHARES).fetchall():
        run(selectbox(app).select(airport))
        chosen = selectbox(app).value
        assert chosen == airport, f"{airport} is chosen after another airport, and the page stays on {chosen}"
        value = shown(app)
        assert abs(value - share) < 0.06, f"for {airport} your metric is {value} %, it should be about {share:.0f} %"
        captions = " ".join(caption.value for caption in app.caption)
        assert f"{arrived:,} arrivals" in captions, (
            f"for {airport} your caption is “{captions}”, without a number such as “12,345 arrivals”"
        )


def test_link(site):
    """The airport is part of the address: it opens the page with it, and a choice changes it"""
    site.publish(FEW.fillna(30))
    app = site.open(airport="BBB")
    chosen = selectbox(app).value
    assert chosen == "BBB", f"with ?airport=BBB the page opens with {chosen}"
    app = site.open()
    run(selectbox(app).select("BBB"))
    # AppTest does what the server does; a bound widget's address is changed by the browser.
    in_address = selectbox(app).proto.query_param_key == "airport" or app.query_params.get("airport") in (
        "BBB",
        ["BBB"],
    )
    assert in_address, "somebody chooses BBB, and the address does not change"


def test_unknown(site):
    """An airport that the data does not have does not break the page"""
    site.publish(FEW)
    app = site.open(airport="XYZ")
    assert selectbox(app).value == "AAA", f"with ?airport=XYZ the page shows {selectbox(app).value}"


def test_empty(site):
    """Without flights, the page says so"""
    site.publish(FEW.iloc[:0])
    app = site.open()
    assert texts(app), "without flights, the page shows no st.info"
    assert not app.selectbox and not app.metric, "without flights, the page shows a selectbox or a metric all the same"


def test_none_arrived(site):
    """Without an arrival at the airport, the page says so in place of the metric"""
    site.publish(FEW)
    app = site.open(airport="BBB")
    values = ", ".join(metric.value for metric in app.metric)
    assert not app.metric, f"no flight from BBB arrived, and the metric is “{values}”"
    assert texts(app), "no flight from BBB arrived, and the page shows no st.info"


def test_read_once(site):
    """Choosing another airport does not read the data again"""
    site.publish(FEW.fillna(30))
    app = site.open()
    for airport in ("BBB", "AAA"):
        run(selectbox(app).select(airport))
    site.open()
    assert site.reads == 1, f"two visitors and two choices read the data {site.reads} times"


def test_new_version(site):
    """The next run shows a version that has been published since"""
    site.publish(FEW)
    app = site.open()
    before = shown(app)
    site.publish(FEW.assign(arr_delay=0.0))
    after = shown(run(app))
    assert after == 0, f"in the new version no flight is late, and your metric is still {before} %"
