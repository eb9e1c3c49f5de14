"""The status page as a web application: `uvicorn dashboard.app:app`."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from dashboard import queries
from ml.registry import store
from ontime import pages
from ontime.settings import settings

app = FastAPI(title="Ontime", docs_url=None, redoc_url=None)
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
    """Healthy if the published warehouse can be read, or if none is published yet."""
    queries.check()
    return {"status": "healthy"}
