"""Distances between airports."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_MILES = 3958.8


def great_circle_miles(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The shortest distance between two positions, which are given in degrees, on a round earth.

    This is the haversine formula (R. W. Sinnott, Sky and Telescope 68, 1984).
    """
    one, other = radians(latitude), radians(other_latitude)
    longitudes = radians(other_longitude - longitude)
    haversine = sin((other - one) / 2) ** 2 + cos(one) * cos(other) * sin(longitudes / 2) ** 2
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(min(haversine, 1)))
