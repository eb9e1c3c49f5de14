"""The dashboard as one web application: Streamlit, the Data Docs, the report and the status as JSON.

``python -m dashboard`` starts it.
"""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from fastapi.encoders import jsonable_encoder
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

import insight
from dashboard import places, policies, status
from ontime import pages
from ontime.settings import settings
from ontime.web.headers import SecurityHeaders
from ontime.web.limits import BodyLimit

ASSETS_DIR = Path(insight.__file__).parent / "assets"

#: Why a page may be missing, by the start of its path.
NOT_WRITTEN = {
    "/data-docs": "There is no such page of the Data Docs. The first gate writes them: the DAG `ingest` runs it.",
    "/dbt-docs": "There is no such page of dbt's documentation. `ontime warehouse docs` writes it.",
    "/report": "There is no report yet: the `report` DAG writes it after a warehouse is published.",
}

PAGES = [path.stem for path in (Path(__file__).parent / "pages").glob("*.py")]

templates = Jinja2Templates(env=pages.environment("dashboard"))


def folder(path: Path) -> StaticFiles:
    """The files of a folder; 404 while it does not exist. (Without ``config_checked`` Starlette would raise.)"""
    files = StaticFiles(directory=path, html=True, check_dir=False)
    files.config_checked = True
    return files


def status_json(_: Request) -> JSONResponse:
    """What is published now, for programs."""
    return JSONResponse(jsonable_encoder(status.status()))


def report(_: Request) -> FileResponse:
    """The page of statistics that the `report` DAG writes; 404 before its first run."""
    if not settings.report_page.exists():
        raise HTTPException(404)
    return FileResponse(settings.report_page, media_type="text/html")


def healthz(_: Request) -> JSONResponse:
    """Healthy if the published warehouse can be read, or if none is published yet; else 503."""
    status.check()
    return JSONResponse({"status": "healthy"})


def page(_: Request) -> HTMLResponse:
    """Streamlit's page, which loads its program."""
    html = (places.STREAMLIT / "index.html").read_text("utf-8")
    return HTMLResponse(html.replace("</head>", f"{places.HEAD}</head>"), headers={"Cache-Control": "no-cache"})


def overview(_: Request) -> RedirectResponse:
    """The first page has the address ``/``."""
    return RedirectResponse("/")


def unreadable(request: Request, problem: status.Unreadable) -> Response:
    """Answer 503: a published file is damaged or missing."""
    return _answer(request, 503, str(problem))


def refused(request: Request, problem: HTTPException) -> Response:
    """Answer an HTTP error, for example 404, with a page or JSON that says what is wrong."""
    missing = [reason for path, reason in NOT_WRITTEN.items() if request.url.path.startswith(path)]
    detail = missing[0] if missing and problem.status_code == 404 else problem.detail
    return _answer(request, problem.status_code, detail, problem.headers)


def _answer(request: Request, code: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page for a browser, JSON for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": detail}, code, headers)
    context = {"detail": detail, "airflow_url": settings.airflow_address}
    return templates.TemplateResponse(request, "problem.html", context, code, headers)


data_docs, dbt_docs = folder(settings.data_docs_dir), folder(settings.dbt_docs_dir)

app = st.App(
    Path(__file__).parent / "shell" / "ui.py",
    routes=[
        Route("/overview", overview),
        *(Route(f"/{name}", page) for name in ["", *PAGES]),
        Route("/healthz", healthz),
        Route("/status.json", status_json),
        Route("/report", report),
        Mount("/data-docs", data_docs),
        Mount("/dbt-docs", dbt_docs),
        Mount("/assets", folder(ASSETS_DIR)),
    ],
    middleware=[
        Middleware(SecurityHeaders, policy=policies.of_path),
        Middleware(BodyLimit, most_bytes=0),  # requests to the dashboard have no body: widgets use the websocket
    ],
    exception_handlers={status.Unreadable: unreadable, HTTPException: refused},
)
