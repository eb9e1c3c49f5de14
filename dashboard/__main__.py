"""`python -m dashboard [--host 127.0.0.1] [--port 8000]`."""

from ontime.web.server import main

main("dashboard.app:app", websockets=True)
