"""Headless Chromium as tests drive it: one page over the DevTools protocol, with the standard library alone.

Source: https://chromedevtools.github.io/devtools-protocol/; frames of the socket as RFC 6455 section 5.2 has them.
"""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

WAIT_S: Final = 90.0
# fmt: off
FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)
# fmt: on
KEYS: Final = {"Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, "")}

# What Chromium says of an expression while one page gives way to another.
GOING: Final = ("navigated or closed", "Cannot find context", "context was destroyed")


class ProtocolError(AssertionError):
    """Chromium refused a command."""


@dataclass
class Page:
    """A tab. `messages` are what the console and the browser said, `requests` the addresses that were asked for."""

    stream: socket.socket
    downloads: Path
    session: str = ""
    sent: int = 0
    buffer: bytes = b""
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a protocol command; what happens meanwhile is noted."""
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        self._write(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        while True:
            answer = json.loads(self._read())
            if answer.get("id") == self.sent:
                if "error" in answer:
                    raise ProtocolError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def open(self, path: Path, anchor: str = "") -> None:
        """Load a file and wait until its scripts have run."""
        self.call("Page.navigate", url="about:blank")
        self.messages.clear()
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri() + anchor)
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")

    def get(self, expression: str) -> Any:
        """The value of an expression in the page."""
        done = self._evaluated(expression)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, expression: str) -> None:
        """Return as soon as an expression holds; it may ask for what is not there yet, and of a page that goes."""

        def holds() -> bool:
            try:
                done = self._evaluated(expression)
            except ProtocolError as error:
                if not any(words in str(error) for words in GOING):
                    raise
                return False
            return "exceptionDetails" not in done and bool(done["result"].get("value"))

        wait_for(holds, expression)

    def _evaluated(self, expression: str) -> dict[str, Any]:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)

    def press(self, *keys: str) -> None:
        """Press keys as a person does: each goes to what is focused."""
        for key in keys:
            code, number, text = KEYS.get(key, (f"Key{key.upper()}", ord(key.upper()) if len(key) == 1 else 0, key))
            common = {"key": key, "code": code, "windowsVirtualKeyCode": number}
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
            self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Text into what is focused."""
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click on the middle of an element, of its first line where it has several, with the mouse."""
        chosen = f"document.querySelector({json.dumps(selector)})"
        box = self.get(
            f"(() => {{ const e = {chosen}; e.scrollIntoView({{block: 'center', behavior: 'instant'}}); "
            "const b = e.getClientRects()[0]; return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def choose(self, selector: str, text: str) -> None:
        """Choose the option with this text in a select."""
        found = self.get(
            f"(() => {{ const s = document.querySelector({json.dumps(selector)}); "
            f"const o = [...s.options].find(o => o.text === {json.dumps(text)}); if (!o) return false; "
            "s.value = o.value; s.dispatchEvent(new Event('change', {bubbles: true})); return true; })()"
        )
        assert found, f"{selector} has no option {text!r}"

    def text(self, selector: str) -> str:
        """What an element says, on one line."""
        return " ".join(self.get(f"document.querySelector({json.dumps(selector)}).textContent").split())

    def texts(self, selector: str) -> list[str]:
        """What every element of a kind says."""
        return self.get(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def downloaded(self, name: str) -> str:
        """Text of a file that a click saved."""
        path = self.downloads / name
        wait_for(path.exists, f"download of {name}")
        return path.read_bytes().decode("utf-8")

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False, paper: bool = False) -> None:
        """Give the page a size, a colour scheme and a medium; nothing glides, so that a click meets what it aims at."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        wishes = (("prefers-color-scheme", "dark" if dark else "light"), ("prefers-reduced-motion", "reduce"))
        features = [{"name": name, "value": value} for name, value in wishes]
        self.call("Emulation.setEmulatedMedia", media="print" if paper else "screen", features=features)

    def shoot(self, path: Path) -> None:
        """A picture of what is seen."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def _note(self, event: dict[str, Any]) -> None:
        name, facts = event.get("method"), event.get("params", {})
        if name == "Runtime.consoleAPICalled":
            self.messages.append(str([item.get("value") for item in facts["args"]]))
        if name == "Runtime.exceptionThrown":
            self.messages.append(str(facts["exceptionDetails"]))
        if name == "Log.entryAdded":
            self.messages.append(facts["entry"]["text"])
        if name == "Network.requestWillBeSent" and not facts["request"]["url"].startswith("about:"):
            self.requests.append(facts["request"]["url"])
        if name == "Page.javascriptDialogOpening":
            self.messages.append(f"dialog: {facts['message']}")

    def _write(self, text: str) -> None:
        load, mask = text.encode(), os.urandom(4)
        size = len(load)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(load))
        self.stream.sendall(head + mask + masked)

    def _read(self) -> bytes:
        """One message; Chromium sends each in one frame, or in several of which the last has the highest bit."""
        load = b""
        while True:
            first, size = self._take(2)
            if size in (126, 127):
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            part = self._take(size)
            if first & 0x0F in (0, 1):
                load += part
                if first & 0x80:
                    return load

    def _take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            found = self.stream.recv(1 << 20)
            assert found, "Chromium hung up"
            self.buffer += found
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """A fresh Chromium with one page, its profile and downloads under `folder`; skips where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium")
    profile, downloads = folder / "profile", folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _connected(profile / "DevToolsActivePort", child) as stream:
            yield _page(stream, downloads)
    finally:
        child.terminate()
        try:
            child.wait(WAIT_S)
        finally:
            child.kill()


def wait_for(happened: Callable[[], Any], what: str) -> None:
    """Return as soon as something has happened."""
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < deadline, f"it never happened: {what}"
        time.sleep(0.02)


def _connected(port_file: Path, child: subprocess.Popen[bytes]) -> socket.socket:
    wait_for(
        lambda: child.poll() is not None or (port_file.exists() and len(port_file.read_text().split()) == 2), "start"
    )
    assert child.poll() is None, f"Chromium ended with {child.returncode}"
    port, path = port_file.read_text().split()
    stream = socket.create_connection(("127.0.0.1", int(port)), timeout=WAIT_S)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade")
    lines += (f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", "")
    stream.sendall("\r\n".join(lines).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        letter = stream.recv(1)
        assert letter, f"Chromium hung up: {answer!r}"
        answer += letter
    assert b" 101 " in answer, answer
    return stream


def _page(stream: socket.socket, downloads: Path) -> Page:
    page = Page(stream, downloads)
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
    target = page.call("Target.createTarget", url="about:blank")["targetId"]
    page.session = page.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        page.call(f"{domain}.enable")
    page.look()
    return page
