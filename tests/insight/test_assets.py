"""The basemap is the publisher's file, with its licence, and part of the wheel."""

import hashlib
import json

from insight import maps

SHA256 = "d76b391ccfa8bff601d51e3e3da5d43a89fa46cd5caca72ce731b383be5596d0"  # pragma: allowlist secret


def test_the_basemap_is_the_publishers_file():
    # states-10m.json of us-atlas 3.0.1, as `npm pack us-atlas@3.0.1` delivers it
    content = maps.STATES_FILE.read_bytes()
    assert len(content) == 114_554
    assert hashlib.sha256(content).hexdigest() == SHA256


def test_the_licence_is_beside_it():
    licence = maps.STATES_FILE.with_name("us-atlas.LICENSE").read_text("utf-8")
    assert "us-atlas 3.0.1" in licence
    assert "Copyright 2013-2019 Michael Bostock" in licence
    assert "this permission notice appear in all copies" in licence


def test_the_basemap_holds_the_states_and_the_two_islands_of_the_inset():
    states = json.loads(maps.STATES_FILE.read_text("utf-8"))["objects"]["states"]["geometries"]
    names = {state["id"]: state["properties"]["name"] for state in states}
    assert len(names) == 56
    assert {names[island] for island in maps.ISLANDS} == {"Puerto Rico", "United States Virgin Islands"}
