"""What a page of the dashboard shows in red."""

from streamlit.testing.v1 import AppTest

from dashboard import parts

UI = parts.page_file("overview").parents[1] / "shell" / "ui.py"
#: The pages that say whether all is well, and the values of their widgets.
PAGES: list[tuple[str, dict[str, str]]] = [
    ("overview", {}),
    *(("operations", {"tab": tab}) for tab in ("Runs", "Gates", "Rows", "Versions")),
    ("model", {}),
    ("quality", {}),
]


def red(page: str, **query: str) -> list[str]:
    """Its errors, its lines with a red cross, and what went wrong while it was drawn."""
    app = AppTest.from_file(str(UI), default_timeout=120)
    app.query_params.update(query)
    app.run()
    if page != "overview":
        app.switch_page(str(parts.page_file(page))).run()
    assert len(app.title) == 1, f"{page} was not shown"
    lines = [element.value for element in app.markdown if element.value.startswith(":red")]
    tables = [table.value.to_csv() for table in app.table if "✗" in table.value.to_csv()]
    return [element.value for element in (*app.error, *app.exception)] + lines + tables
