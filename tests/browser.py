"""A headless Chromium, driven by the Chrome DevTools Protocol over a pipe. Needs the program `chromium`."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@dataclass
class Visit:
    """What happened while a page was open."""

    text: str
    #: Signs that a script ran: dialogs, values of ``window.pwned``, lines that a script wrote to the console.
    scripts: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    #: What the content security policy refused.
    refused: list[str] = field(default_factory=list)
    broken_images: int = 0


class Browser:
    """One tab. Closed by :func:`browser`."""

    def __init__(self, process: subprocess.Popen, reader: int, writer: int) -> None:
        self.process, self._writer, self._reader = process, writer, os.fdopen(reader, "rb")
        self._number, self._received, self._session = 0, b"", ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol; events that arrive meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def visit(self, address: str, bypass_policy: bool = False) -> Visit:
        """Open a page and wait until it and its images are loaded, and 0.1 s of its own time more."""
        self.events = []
        self.call("Page.setBypassCSP", enabled=bypass_policy)
        self.call("Page.navigate", url=address)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._next()
        self.evaluate("new Promise(done => setTimeout(done, 100))")
        pwned = self.evaluate("JSON.stringify(window.pwned || [])")
        images = self.evaluate("[...document.images].filter(image => !image.naturalWidth).length")
        seen = Visit(self.evaluate("document.body ? document.body.innerText : ''"), broken_images=images)
        seen.scripts += json.loads(pwned)
        for event in self.events:
            params = event["params"]
            match event["method"]:
                case "Page.javascriptDialogOpening":
                    seen.scripts.append(params["message"])
                case "Runtime.consoleAPICalled":
                    seen.scripts.append(str(params["args"]))
                case "Network.requestWillBeSent":
                    seen.requests.append(params["request"]["url"])
                case "Log.entryAdded" if "Content Security Policy" in params["entry"]["text"]:
                    seen.refused.append(params["entry"]["text"])
        return seen

    def evaluate(self, script: str) -> Any:
        """The value of a script that runs in the page, which its content security policy does not concern."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return result["result"].get("value")

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            chunk = self._reader.read1(65536)
            assert chunk, "The browser ended."
            self._received += chunk
        message, _, self._received = self._received.partition(b"\0")
        event = json.loads(message)
        if "method" in event:
            self.events.append(event)
            if event["method"] == "Page.javascriptDialogOpening":
                self._number += 1
                close = {"id": self._number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
                os.write(self._writer, json.dumps(close | {"sessionId": self._session}).encode() + b"\0")
        return event


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with a new profile in the folder."""
    assert PROGRAM, "The browser tests need Chromium: apt-get install chromium"
    to_browser, commands = os.pipe()
    answers, from_browser = os.pipe()
    # Chromium reads commands from descriptor 3 and answers on 4.
    theirs = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for descriptor in (to_browser, from_browser)]
    command = [
        *("bash", "-c", f'exec 3<&{theirs[0]} 4>&{theirs[1]}; exec "$@"', "bash", PROGRAM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--remote-debugging-pipe", f"--user-data-dir={folder}", "--disable-background-networking", "about:blank"),
    ]
    with subprocess.Popen(command, pass_fds=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for descriptor in (to_browser, from_browser, *theirs):
            os.close(descriptor)
        try:
            yield Browser(process, answers, commands)
        finally:
            os.close(commands)
            process.terminate()
