"""Where raw files come from.

``download.py`` fetches partitions into the raw lake from the publisher that ``ONTIME_SOURCE`` names: the installed
package (``embedded.py``), a folder (``folder.py``) or the public sources (``live.py``, with one fetcher per source).
"""
