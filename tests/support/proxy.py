"""HTTP servers that pass calls on to another one, and do to them what a test wants."""
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

KEPT_BACK = {"host", "connection", "content-length", "accept-encoding", "expect"}


class Forwarder:
    """Passes every call on. What answer() returns is (status, body, type of content); None cuts the connection."""

    def __init__(self, url):
        self.server_of = urlsplit(url).netloc  # may be changed, for one that comes back elsewhere
        forwarder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in KEPT_BACK}
                try:
                    answer = forwarder.answer(self.command, self.path, body, headers)
                except OSError:  # the server is away: so is this one
                    answer = None
                if answer is None:
                    self.close_connection = True
                    return
                status, text, kind = answer
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}{urlsplit(url).path}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, verb, path, body, headers):
        """What the server behind says."""
        connection = http.client.HTTPConnection(self.server_of, timeout=60)
        try:
            connection.request(verb, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Content-Type", "application/json")
        except http.client.HTTPException as fault:
            raise ConnectionError(str(fault)) from fault
        finally:
            connection.close()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Proxy(Forwarder):
    """Loses answers: the server has done what it was asked, and nobody hears of it. loses(n) tells whether the answer to
    the n-th learn request (from 1) is lost; twice(n) whether it is sent twice."""

    def __init__(self, url, loses=lambda n: False, twice=lambda n: False):
        self.loses, self.twice = loses, twice
        self.lost, self.learns, self.lock = 0, 0, threading.Lock()
        super().__init__(url)

    def number_of(self, path):
        """Of a learn request; 0 for others."""
        if not path.endswith("/learn"):
            return 0
        with self.lock:
            self.learns += 1
            return self.learns

    def answer(self, verb, path, body, headers):
        number = self.number_of(path)
        for _ in range(2 if number and self.twice(number) else 1):
            answer = super().answer(verb, path, body, headers)
        if number and self.loses(number):
            with self.lock:
                self.lost += 1
            return None
        return answer


class Front(Forwarder):
    """Refuses, while status is set, the calls whose path holds a word: with that status, or with 0 by cutting them off."""

    def __init__(self, url, word):
        self.word, self.status = word, None
        super().__init__(url)

    def answer(self, verb, path, body, headers):
        if self.status is None or self.word not in path:
            return super().answer(verb, path, body, headers)
        return (self.status, b"{}", "application/json") if self.status else None
