"""Figures about the published data: SQL over marts, and pure functions that draw the result with Altair.

The dashboard and the site show the same figures. This room knows neither of them.
"""
