"""A client of the REST and WebSocket API that signs as the published callers do, in each of their forms.

    client = Client("http://127.0.0.1:8080", "c1", SECRET)
    client.post("/projects", {}, pid="p", persist="true", ok=(201,))
    client.get("/projects/p/info")["values"]["smlInfo"]

It shares no code with weir: the signature is computed here from its definition.
"""
import base64
import hashlib
import hmac
import json
import time
from urllib.parse import quote, unquote, urlencode, urlsplit

import requests

SECRET = "AQIDBAUGBwgJCgsMDQ4PEA=="


def date(at=None, fraction=True):
    """The sym-date header: UTC seconds and nanoseconds without padding."""
    at = time.time_ns() if at is None else int(at * 1e9)
    text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at // 10**9))
    return f"{text};{at % 10**9}" if fraction else text


def md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def mac(secret, text):
    return base64.b64encode(hmac.new(base64.b64decode(secret), text, hashlib.sha256).digest()).decode()


def string_to_sign(verb, secret, when, cid, body, resource, query):
    """The lines that are signed, as bytes."""
    lines = [verb.encode(), (md5(body) if body else "").encode(), secret.encode(), when.encode(), cid.encode()]
    lines += [body] if body else []
    lines += [resource.encode()]
    lines += [query.encode()] if query else []
    return b"".join(line + b"\n" for line in lines)


class Client:
    """resource: "path" or "url"; sign_query: "raw" or "decoded"; path_form: "decoded" or "raw"."""

    def __init__(self, url, cid="c1", secret=SECRET, timeout=60, resource="path", sign_query="raw",
                 path_form="decoded"):
        self.url, self.cid, self.secret, self.timeout = url.rstrip("/"), cid, secret, timeout
        self.resource, self.sign_query, self.path_form = resource, sign_query, path_form
        self.session = requests.Session()

    def signed(self, verb, path, query, body, when=None):
        """The headers of a call; path as sent (escaped), query as sent."""
        when = when or date()
        shown = unquote(path) if self.path_form == "decoded" else path
        resource = shown if self.resource == "path" else self.url + shown
        asked = query if self.sign_query == "raw" else unquote(query)
        headers = {"sym-date": when, "Customer-ID": self.cid, "sym-version": "6.3",
                   "Authorization": mac(self.secret, string_to_sign(verb, self.secret, when, self.cid, body, resource,
                                                                    asked))}
        if body:
            headers["Content-MD5"] = md5(body)
            headers["Content-Type"] = "application/json"
        return headers

    def raw(self, verb, path, body=b"", headers=None, **query):
        """Sends a call and returns the response; path is below /symetry/rest/{cid} unless it begins so itself."""
        full = path if path.startswith("/symetry/") else f"/symetry/rest/{quote(self.cid)}{path}"
        asked = urlencode(query)
        send = self.signed(verb, full, asked, body)
        send.update(headers or {})
        send = {k: v for k, v in send.items() if v is not None}
        return self.session.request(verb, self.url + full + (f"?{asked}" if asked else ""), data=body or None,
                                    headers=send, timeout=self.timeout)

    def call(self, verb, path, body=None, ok=(200,), **query):
        """Sends JSON, checks status and envelope, returns the parsed answer."""
        response = self.raw(verb, path, b"" if body is None else json.dumps(body).encode(), **query)
        assert response.status_code in ok, f"{verb} {path} {query}: {response.status_code} {response.text[:2000]}"
        answer = response.json()
        assert set(answer) == {"statusCode", "statusString", "values"}, answer
        answer["job"] = response.headers.get("sym-job-id")
        return answer

    def get(self, path, ok=(200,), **query):
        return self.call("GET", path, None, ok, **query)

    def post(self, path, body=None, ok=(200,), **query):
        return self.call("POST", path, {} if body is None else body, ok, **query)

    def delete(self, path, ok=(200,), **query):
        return self.call("DELETE", path, None, ok, **query)

    def job(self, number, seconds=60):
        """Waits for a job; returns the last answer (its HTTP status under "http")."""
        end = time.monotonic() + seconds
        while True:
            response = self.raw("GET", f"/jobs/{number}")
            answer = response.json()
            answer["http"] = response.status_code
            if response.status_code != 202:
                return answer
            assert time.monotonic() < end, f"job {number} runs for more than {seconds} s: {answer}"
            time.sleep(0.02)

    def ws_message(self, kind, payload, *keys, form="url", end=True, when=None):
        """The text of a WebSocket message; form "url" or "path", end: with the final LF."""
        when = when or date()
        host = urlsplit(self.url).netloc
        resource = (f"ws://{host}" if form == "url" else "") + f"/symetry/ws/{kind}"
        body = payload.encode()
        text = "\n".join([md5(body), self.secret, when, self.cid, payload, resource, *keys]) + ("\n" if end else "")
        header = json.dumps({"headers": [when, md5(body), mac(self.secret, text.encode()), self.cid],
                             "extraKeys": list(keys)}, separators=(",", ":"))
        return f"{len(header.encode())},{header}{payload}"
