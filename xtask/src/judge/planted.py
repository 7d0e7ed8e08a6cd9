"""A tiny server with one flaw for each judge, each on a page of its own: a judge that does not find its flaw is worth nothing.

usage: planted.py PORT; prints "ready" once it listens on 127.0.0.1.
"""

import json
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

def people(name):
    """The flaw for sqlmap: what was asked becomes part of the statement."""
    database = sqlite3.connect(":memory:")
    database.execute("create table person (name text)")
    database.executemany("insert into person values (?)", [("chen",), ("li",), ("wang",)])
    return [row[0] for row in database.execute(f"select name from person where name = '{name}'")]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        name = parse_qs(url.query, keep_blank_values=True).get("name", ["chen"])[0]
        if url.path.startswith("/points/"):
            # The flaw for schemathesis: the document promises a whole number.
            self.answer("application/json", json.dumps({"points": unquote(url.path[8:])}))
        elif url.path == "/people":
            try:
                self.answer("application/json", json.dumps(people(name)))
            except sqlite3.Error:
                self.answer("application/json", "[]")
        elif url.path == "/greeting":
            # The flaw for wapiti: what was asked becomes part of the page.
            self.answer("text/html; charset=utf-8", f"<!doctype html><title>a</title><p>Good day, {name}</p>")
        else:
            self.answer("text/html; charset=utf-8", '<!doctype html><title>a</title><a href="/greeting?name=li">li</a>')

    def answer(self, kind, text):
        body = text.encode("utf-8", "replace")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def __getattr__(self, name):
        """Other methods are answered as they should be: the flaws are those that are told."""
        if name.startswith("do_"):
            return self.refuse
        raise AttributeError(name)

    def refuse(self):
        self.send_response(405)
        self.send_header("Allow", "GET")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
