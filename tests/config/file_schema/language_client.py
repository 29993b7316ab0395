"""A client of the language server protocol, over the standard input and output of a server."""

import json
import subprocess
from queue import Queue
from threading import Thread

PATIENCE = 60
"""Seconds in which a server must answer."""
SETTINGS = {
    "yaml": {
        "schemaStore": {"enable": False},  # a list of schemas in the network
        "validate": True,
        "hover": True,
        "completion": True,
    }
}


class LanguageClient:
    """Opens texts in a server, and asks what it says of them."""

    def __init__(self, *command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._received = Queue()
        self._diagnostics = {}
        self._last = 0
        Thread(target=self._read, daemon=True).start()
        ability = {"workspace": {"configuration": True}}
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": ability})
        self._notify("initialized", {})
        self._notify("workspace/didChangeConfiguration", {"settings": SETTINGS})

    def open(self, uri, text):
        """What the server finds wrong with a text, as it calls that."""
        self._diagnostics.pop(uri, None)
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": document})
        while uri not in self._diagnostics:
            self._take()
        return self._diagnostics[uri]

    def completion(self, uri, line, character):
        """The words that may stand at a place, from 0."""
        found = self._at("textDocument/completion", uri, line, character)
        return [item["label"] for item in found["items"]]

    def hover(self, uri, line, character):
        """What is said of the word at a place."""
        found = self._at("textDocument/hover", uri, line, character)
        return found["contents"]["value"] if found else ""

    def close(self):
        """Ends the server."""
        self._ask("shutdown", None)
        self._notify("exit", None)
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def _at(self, method, uri, line, character):
        place = {"line": line, "character": character}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": place})

    def _ask(self, method, params):
        self._last += 1
        number = self._last
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == number and "method" not in message:
                return message["result"]

    def _notify(self, method, params):
        self._send({"method": method, "params": params})

    def _take(self):
        """The next message; what the server asks is answered."""
        message = self._received.get(timeout=PATIENCE)
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            found = message["params"]
            self._diagnostics[found["uri"]] = [each["message"] for each in found["diagnostics"]]
        elif method and "id" in message:
            result = None
            if method == "workspace/configuration":
                result = [SETTINGS.get(item["section"]) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": result})
        return message

    def _send(self, message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._process.stdin.flush()

    def _read(self):
        stream = self._process.stdout
        while header := stream.readline():
            while (line := stream.readline()) != b"\r\n":
                header += line
            length = int(header.lower().split(b"content-length:")[1].split()[0])
            self._received.put(json.loads(stream.read(length)))
