"""The status page: `uvicorn dashboard.app:app`."""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from dashboard import queries
from ml.registry import store
from ontime.settings import settings

app = FastAPI(title="Ontime", docs_url=None, redoc_url=None)
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
data_docs = StaticFiles(directory=settings.data_docs_dir, html=True, check_dir=False)
# The folder comes with the first gate that runs; until then its pages are missing, which is no error.
data_docs.config_checked = True
app.mount("/data-docs", data_docs)


@app.get("/", response_class=HTMLResponse)
def page(request: Request) -> HTMLResponse:
    """What is published now, for people."""
    context = {
        "status": queries.status(),
        "scores": store.SCORE_NAMES,
        "airflow_url": settings.airflow_address,
        "has_report": settings.report_page.exists(),
    }
    return templates.TemplateResponse(request, "status.html", context)


@app.get("/status.json")
def status() -> queries.Status:
    """The same, for programs."""
    return queries.status()


@app.get("/report", response_class=HTMLResponse)
def report() -> FileResponse:
    """What the flights tell: the page that the `report` DAG writes."""
    if not settings.report_page.exists():
        raise HTTPException(404, "There is no report yet: the `report` DAG writes it when a warehouse is published.")
    return FileResponse(settings.report_page, media_type="text/html")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Answers if the published file can be read: also before there is one."""
    queries.check()
    return {"status": "healthy"}
