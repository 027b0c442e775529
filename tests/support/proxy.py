"""A proxy in front of a server that loses answers: the server has done what it was asked, and nobody hears of it."""
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PASSED_ON = {"authorization", "sym-date", "customer-id", "content-md5", "content-type", "sym-version", "sym-client"}


class Proxy:
    """loses(n) tells whether the answer to the n-th learn request (from 1) is lost; twice(n) whether it is sent twice."""

    def __init__(self, url, loses=lambda n: False, twice=lambda n: False):
        self.server_of, self.loses, self.twice = urlsplit(url).netloc, loses, twice
        self.lost, self.learns, self.lock = 0, 0, threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k: v for k, v in self.headers.items() if k.lower() in PASSED_ON}
                number = proxy.number_of(self.path)
                try:
                    for _ in range(2 if number and proxy.twice(number) else 1):
                        status, kind, answer = proxy.ask(self.command, self.path, body, headers)
                except OSError:  # the server is away: so is the proxy
                    self.close_connection = True
                    return
                if number and proxy.loses(number):
                    with proxy.lock:
                        proxy.lost += 1
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def number_of(self, path):
        """Of a learn request; 0 for others."""
        if not path.endswith("/learn"):
            return 0
        with self.lock:
            self.learns += 1
            return self.learns

    def ask(self, verb, path, body, headers):
        connection = http.client.HTTPConnection(self.server_of, timeout=60)
        try:
            connection.request(verb, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", "application/json"), answer.read()
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
