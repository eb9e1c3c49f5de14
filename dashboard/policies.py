"""Content security policies of the dashboard: which scripts and styles a browser may load, by the path of a page.

The Data Docs and the report contain values of the data and need no scripts, so none may run there. Streamlit's page is
a program of many files; it gets what it needs and nothing from another site:

- its scripts come from this server; the one inside its page is allowed by its SHA-256, computed from the installed file
- its styles are written by its scripts, which needs ``unsafe-inline``; styles cannot read or send anything
- ``connect-src 'self'`` includes the websocket; charts need no ``unsafe-eval``, as Streamlit uses Vega's interpreter
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit

from ontime.web.headers import CONTENT_SECURITY_POLICY

#: Nothing of these pages comes from Streamlit.
WITHOUT_SCRIPTS = ("/data-docs", "/report", "/healthz", "/status.json", "/assets")

#: dbt's documentation is one file with its scripts inside. The sandbox gives it an origin of its own, so these scripts
#: cannot read any other page of the dashboard.
DBT_DOCS = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def of_path(path: str) -> str:
    """The policy of the page at ``path``."""
    if path.startswith(WITHOUT_SCRIPTS):
        return f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'"
    return DBT_DOCS if path.startswith("/dbt-docs") else streamlit_policy()


@cache
def streamlit_policy() -> str:
    """The policy of Streamlit's page and of the files that it loads."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = " ".join(f"'sha256-{_base64_sha256(script)}'" for script in inline)
    return (
        f"default-src 'none'; script-src 'self' {digests}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _base64_sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
