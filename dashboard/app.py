"""The status page as a web application: `python -m dashboard`."""

from collections.abc import Mapping

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException as Refused

from dashboard import queries
from ml.registry import store
from ontime import pages
from ontime.settings import settings
from ontime.web.headers import SecurityHeaders
from ontime.web.limits import BodyLimit

app = FastAPI(title="Ontime", docs_url=None, redoc_url=None)
app.add_middleware(BodyLimit, most_bytes=0)  # requests to the dashboard have no body
app.add_middleware(SecurityHeaders)
templates = Jinja2Templates(env=pages.environment("dashboard"))
data_docs = StaticFiles(directory=settings.data_docs_dir, html=True, check_dir=False)
# The first gate creates the folder. Until then Starlette would raise an error; with this line it answers 404.
data_docs.config_checked = True
app.mount("/data-docs", data_docs)


@app.get("/", response_class=HTMLResponse)
def page(request: Request) -> HTMLResponse:
    """The status page."""
    context = {
        "status": queries.status(),
        "scores": store.SCORE_NAMES,
        "airflow_url": settings.airflow_address,
        "has_report": settings.report_page.exists(),
    }
    with queries.readable("model card", "ontime model history"):
        return templates.TemplateResponse(request, "status.html", context)


@app.get("/status.json")
def status() -> queries.Status:
    """The figures of the status page as JSON."""
    return queries.status()


@app.get("/report", response_class=HTMLResponse)
def report() -> FileResponse:
    """The page of statistics that the `report` DAG writes; 404 before its first run."""
    if not settings.report_page.exists():
        raise HTTPException(404, "There is no report yet: the `report` DAG writes it after a warehouse is published.")
    return FileResponse(settings.report_page, media_type="text/html")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Healthy if the published warehouse can be read, or if none is published yet; else 503."""
    queries.check()
    return {"status": "healthy"}


@app.exception_handler(queries.Unreadable)
def unreadable(request: Request, problem: queries.Unreadable) -> Response:
    """Answer 503: a published file is damaged or missing."""
    return _answer(request, 503, str(problem))


@app.exception_handler(Refused)
def refused(request: Request, problem: Refused) -> Response:
    """Answer an HTTP error, for example 404, with a page or JSON that says what is wrong."""
    detail = problem.detail
    if request.url.path.startswith("/data-docs") and problem.status_code == 404:
        detail = "There is no such page of the Data Docs. The first gate writes them: the DAG `ingest` runs it."
    return _answer(request, problem.status_code, detail, problem.headers)


def _answer(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page for a browser, JSON for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": detail}, status, headers)
    context = {"detail": detail, "airflow_url": settings.airflow_address}
    return templates.TemplateResponse(request, "problem.html", context, status, headers)
