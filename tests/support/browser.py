"""A session as a browser has one, without a browser."""
from .programs import SECRET
from .weir_client import Client


class Browser:
    """Sends the cookie, and like a browser Origin with everything but GET."""

    def __init__(self, url, origin=None):
        self.client, self.cookie, self.url = Client(url), None, url
        self.origin = url if origin is None else origin

    def call(self, verb, target, body=b"", **headers):
        if self.cookie:
            headers["Cookie"] = f"theme=dark; {self.cookie}"
        if verb not in ("GET", "HEAD") and self.origin:
            headers["Origin"] = self.origin
        answer = self.client.raw(verb, target, body, headers)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return answer

    def sign_in(self, cid="c1", secret=SECRET):
        return self.call("POST", "/session", f'{{"id":"{cid}","secret":"{secret}"}}'.encode())
