"""A web application that returns what a websocket sends; started by test_web_server.py."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from ontime.web.server import main


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Starlette(routes=[WebSocketRoute("/", echo)])

if __name__ == "__main__":
    main("tests.ontime.web_echo:app", websockets=True)
