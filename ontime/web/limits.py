"""Limits on requests, as ASGI middleware: the size of a body, the time to receive it, the number of POSTs at once."""

from anyio import fail_after
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ontime.settings import settings

FULL = JSONResponse(
    {"detail": "The service is busy: try again in a second."}, 503, {"Retry-After": "1", "Connection": "close"}
)


class BodyLimit:
    """Receives the whole body before the application sees the request.

    Answers 413 to a body of more than ``most_bytes`` (and stores no more than those), and 408 to a body that takes
    longer than ``settings.request_timeout_seconds``. So a slow client occupies little memory and no thread.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers, body, is_complete = Headers(scope=scope), bytearray(), False
        # Content-Length consists of digits: h11 refuses a request in which it does not.
        is_too_large = int(headers.get("content-length", 0)) > self._most_bytes
        # A client that sends `Expect` waits for our answer before it sends the body. Other clients send the body first.
        # We read and discard it, because a client whose connection is closed while it sends cannot read the answer.
        is_answered_now = is_too_large and "expect" in headers
        try:
            with fail_after(settings.request_timeout_seconds):
                while not (is_complete or is_answered_now):
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    if not is_too_large:
                        body += message.get("body", b"")
                    is_complete = not message.get("more_body", False)
                    is_too_large = is_too_large or len(body) > self._most_bytes
        except TimeoutError:
            if not is_too_large:
                late = {"detail": f"The request was not complete after {settings.request_timeout_seconds:g} seconds."}
                return await JSONResponse(late, 408, {"Connection": "close"})(scope, receive, send)
        if is_too_large:
            large = {"detail": f"The body of a request has at most {self._most_bytes:,} bytes."}
            return await JSONResponse(large, 413, {"Connection": "close"})(scope, receive, send)
        received: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def receive_again() -> Message:
            return received.pop() if received else await receive()

        return await self._app(scope, receive_again, send)


class AtOnce:
    """Answers 503 with Retry-After to a POST while ``settings.requests_at_once`` others are being answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._running = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        if self._running >= settings.requests_at_once:
            return await FULL(scope, receive, send)
        self._running += 1
        try:
            return await self._app(scope, receive, send)
        finally:
            self._running -= 1
