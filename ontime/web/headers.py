"""Headers of every answer, and the content security policy of every page."""

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Our pages have no scripts, so none may run, even if a value of the data contains one. Styles are inside the page;
#: images are inside it or are files next to it. Each page also contains this policy, because a page that is opened as a
#: file comes without headers.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)

#: For every answer, not only for pages. ``frame-ancestors`` works only in a header.
HEADERS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware: adds :data:`HEADERS` to every answer, errors included.

    ``policy``: the content security policy of a path, for applications with pages that have scripts.
    """

    def __init__(self, app: ASGIApp, policy: Callable[[str], str] | None = None) -> None:
        self._app, self._policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
                if self._policy:
                    MutableHeaders(scope=message)["Content-Security-Policy"] = self._policy(scope["path"])
            await send(message)

        await self._app(scope, receive, send_with_headers)
