"""A small client of the REST and WebSocket API, written from the published description of the signature alone.

It shares no code with weir, so that a test which signs with it and is let in has tested the server's side.
"""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
from urllib.parse import quote, unquote, urlencode, urlsplit

SECRET = "AQIDBAUGBwgJCgsMDQ4PEA=="


def md5_text(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body).digest()).decode() if body else ""


def date_text(shift=0.0, nanoseconds="123456789"):
    """The date header, shift seconds from now; nanoseconds None leaves the part out."""
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shift)
    return when.strftime("%Y-%m-%d %H:%M:%S") + ("" if nanoseconds is None else f";{nanoseconds}")


def signature(secret: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(base64.b64decode(secret), text, hashlib.sha256).digest()).decode()


def rest_text(verb, body: bytes, secret, date, cid, resource, query) -> bytes:
    lines = [verb.encode(), md5_text(body).encode(), secret.encode(), date.encode(), cid.encode()]
    if body:
        lines.append(body)
    lines.append(resource.encode())
    if query:
        lines.append(query.encode())
    return b"".join(line + b"\n" for line in lines)


def ws_text(body: bytes, secret, date, cid, resource, keys, final_newline=True) -> bytes:
    lines = [md5_text(body).encode(), secret.encode(), date.encode(), cid.encode(), body, resource.encode(),
             *(key.encode() for key in keys)]
    return b"\n".join(lines) + (b"\n" if final_newline else b"")


class Answer:
    """Status, headers (names in lower case) and body of one call; json() of it."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        def refuse(word):
            raise ValueError(f"not strict JSON: {word}")
        return json.loads(self.body, parse_constant=refuse)


class Client:
    """Signed calls as one customer over one connection that is kept alive.

    resource: what is signed, "path" (decoded) or "url". signed_query: "raw" or "decoded". A broken connection is an
    OSError. get, post and delete take a path below /symetry/rest/CID, check the status against ok, and return the
    JSON of the answer; call() returns the Answer unchecked.
    """

    def __init__(self, url, cid="c1", secret=SECRET, timeout=60, resource="path", signed_query="raw"):
        self.url, self.cid, self.secret = url.rstrip("/"), cid, secret
        self.timeout, self.resource, self.signed_query = timeout, resource, signed_query
        self.host = urlsplit(self.url).netloc
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def raw(self, verb, target, body=b"", headers=None) -> Answer:
        """One unsigned call."""
        try:
            if not self.connection:
                self.connection = http.client.HTTPConnection(self.host, timeout=self.timeout)
            self.connection.request(verb, target, body=body or None, headers=headers or {})
            got = self.connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        except http.client.HTTPException as fault:
            self.close()
            raise ConnectionError(str(fault) or type(fault).__name__) from fault
        except OSError:
            self.close()
            raise

    def sign(self, verb, path, query="", body=b"", date=None):
        """The headers of a signed call; path and query as sent."""
        date = date or date_text()
        plain = unquote(path)
        resource = f"{self.url}{plain}" if self.resource == "url" else plain
        signed = unquote(query) if self.signed_query == "decoded" else query
        text = rest_text(verb, body, self.secret, date, self.cid, resource, signed)
        headers = {"Authorization": signature(self.secret, text), "sym-date": date, "Customer-ID": self.cid,
                   "sym-version": "6.3"}
        if body:
            headers.update({"Content-MD5": md5_text(body), "Content-Type": "application/json"})
        return headers

    def call(self, verb, path, body=None, headers=None, date=None, full_path=False, **query) -> Answer:
        if body is None:
            data = b""
        elif isinstance(body, bytes):
            data = body
        else:
            data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        where = path if full_path else f"/symetry/rest/{quote(self.cid, safe='')}{path}"
        text = urlencode(query, quote_via=quote)
        signed = self.sign(verb, where, text, data, date)
        for name, value in (headers or {}).items():
            signed.pop(name, None)
            if value is not None:
                signed[name] = value
        return self.raw(verb, where + ("?" + text if text else ""), data, signed)

    def checked(self, verb, path, body, ok, query):
        answer = self.call(verb, path, body, **query)
        assert answer.status in ok, f"{verb} {path}: {answer.status} {answer.body[:2000]!r}"
        return answer.json()

    def get(self, path, ok=(200,), **query):
        return self.checked("GET", path, None, ok, query)

    def post(self, path, body=None, ok=(200,), **query):
        return self.checked("POST", path, body, ok, query)

    def delete(self, path, ok=(200,), **query):
        return self.checked("DELETE", path, None, ok, query)

    def wait_job(self, number, seconds=60):
        """Asks until the job has ended; its last answer."""
        import time
        for _ in range(int(seconds * 20)):
            answer = self.call("GET", f"/jobs/{number}")
            if answer.status != 202:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"job {number} still runs after {seconds} s")

    def build(self, pid, model, algorithm, context=None):
        """Builds a model and waits for it."""
        answer = self.call("POST", f"/projects/{pid}/build", context or {}, modelid=model, algo=algorithm)
        assert answer.status == 202, answer.body
        done = self.wait_job(answer.headers["sym-job-id"])
        assert done.status == 200, done.body
        return done.json()

    def ws_message(self, path, keys, body, date=None, resource=None, final_newline=True, form="length", **wrong):
        """The text of one WebSocket message. form: "length", "separator" (the older one) or "bare"."""
        data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":"),
                                                               ensure_ascii=False).encode()
        date = date or date_text()
        if resource is None:
            resource = f"ws://{self.host}{path}"
        text = ws_text(data, self.secret, date, self.cid, resource, keys, final_newline)
        header = {"headers": [date, wrong.get("md5", md5_text(data)),
                              wrong.get("authorization", signature(self.secret, text)), self.cid],
                  "extraKeys": list(keys)}
        head = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        if form == "separator":
            return (head.replace(b"=", b"\\u003d") + b"-289907289" + data).decode()
        if form == "characters":
            return f"{len(head.decode())},{head.decode()}{data.decode()}"
        if form == "bare":
            return data.decode()
        return f"{len(head)},{head.decode()}{data.decode()}"
