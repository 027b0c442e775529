"""Browser sessions, and what a page of another origin cannot do."""
import base64

import pytest

from contract.conftest import rows
from support.browser import Browser
from support.programs import SECRET, run, server, user
from support.weir_client import Client


@pytest.fixture
def browser(running):
    made = Browser(running.url)
    assert made.sign_in().status == 200
    return made


def test_sign_in_and_out(running):
    browser = Browser(running.url)
    assert browser.call("GET", "/session").status == 401
    answer = browser.sign_in()
    assert answer.status == 200 and answer.json()["values"] == {"id": "c1"}
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert len(browser.cookie.split("=")[1]) == 64
    assert browser.call("GET", "/session").json()["values"] == {"id": "c1"}
    assert browser.call("GET", "/symetry/rest/c1/projects/list").status == 200
    kept = browser.cookie
    assert browser.call("DELETE", "/session").status == 200
    browser.cookie = kept
    assert browser.call("GET", "/session").status == 401
    assert browser.call("GET", "/symetry/rest/c1/projects/list").status == 401


def test_a_session_is_for_one_customer(browser):
    assert browser.call("GET", "/symetry/rest/c2/projects/list").status == 401


def test_state_changing_gets_need_post(browser, project):
    for call in ("freeze", "unfreeze", "save", "rename?newName=x", "unload"):
        answer = browser.call("GET", f"/symetry/rest/c1/projects/{project}/{call}")
        assert answer.status == 405 and answer.headers["allow"] == "POST", call
    assert browser.call("POST", f"/symetry/rest/c1/projects/{project}/freeze").status == 200
    assert browser.call("DELETE", f"/symetry/rest/c1/projects/{project}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", ""])
def test_other_origins_change_nothing(browser, project, origin):
    browser.origin = origin
    for verb, path in (("POST", "freeze"), ("POST", "learn"), ("DELETE", "")):
        answer = browser.call(verb, f"/symetry/rest/c1/projects/{project}/{path}", b"{}" if path == "learn" else b"")
        assert answer.status == 403, (verb, path, answer.body)
    answer = browser.call("POST", f"/symetry/rest/c1/projects/{project}/freeze", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


def test_a_cookie_does_not_replace_a_wrong_signature(browser):
    answer = browser.call("GET", "/symetry/rest/c1/projects/list", Authorization="A" * 43 + "=",
                          **{"sym-date": "2020-01-01 00:00:00"})
    assert answer.status == 400


@pytest.mark.parametrize("cookie", ["weir_session=", "weir_session=" + "0" * 64, "weir_session=" + "f" * 5000,
                                    "weir_session", "=;;;=", "xweir_session=1"])
def test_cookies_that_are_none(running, cookie):
    answer = Client(running.url).raw("GET", "/symetry/rest/c1/projects/list", headers={"Cookie": cookie})
    assert answer.status in (400, 401)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id":"c1"}', b'{"id":1,"secret":2}', b"[", b'{"id":"c1","secret":null}'])
def test_sign_ins_refused(running, body):
    assert Client(running.url).raw("POST", "/session", body).status == 400


def test_sessions_end_with_their_secret(running):
    old = base64.b64encode(b"a secret of 16 b").decode()
    run("user", "add", "visitor", "--data", running.data, "--key", old)
    browser = Browser(running.url)
    assert browser.sign_in("visitor", old).status == 200
    run("user", "rekey", "visitor", "--data", running.data)
    assert browser.call("GET", "/symetry/rest/visitor/projects/list").status == 401
    run("user", "remove", "visitor", "--data", running.data)


def test_guessing_is_slowed_down(tmp_path):
    data = tmp_path / "data"
    user(data)
    with server(data) as own:
        browser = Browser(own.url)
        tries = [browser.sign_in(secret=base64.b64encode(bytes([i] * 16)).decode()).status for i in range(15)]
        assert tries[0] == 401 and tries[-1] == 429
        answer = browser.sign_in()
        assert answer.status == 429 and int(answer.headers["retry-after"]) >= 1
        client = Client(own.url)  # signed calls go on
        client.post("/projects", {}, pid="p", ok=(201,))
        client.post("/projects/p/learn", rows(1))
        assert own.stop() == 0


def test_pages(running):
    raw = Client(running.url)
    page = raw.raw("GET", "/")
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer" and page.body.lstrip()[:1] == b"<"
    again = raw.raw("GET", "/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    packed = raw.raw("GET", "/", headers={"Accept-Encoding": "gzip"})
    if packed.headers.get("content-encoding") == "gzip":
        import gzip
        assert gzip.decompress(packed.body) == page.body
    assert raw.raw("HEAD", "/").body == b""
    assert raw.raw("POST", "/").status == 405
    for path in ("/nothing", "/../etc/passwd", "/assets/../../x", "/%2e%2e/x", "/index.html%00"):
        assert raw.raw("GET", path).status in (400, 404), path


def test_health_and_metrics(running, learned):
    raw = Client(running.url)
    assert raw.raw("GET", "/healthz").json()["status"] == "ok"
    text = raw.raw("GET", "/metrics")
    assert text.headers["content-type"].startswith("text/plain")
    names = set()
    for line in text.body.decode().splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in names, name
            names.add(name)
        elif not line.startswith("#"):
            float(line.rsplit(" ", 1)[1].replace("+Inf", "inf"))
    assert {"weir_rows_learned_total", "weir_http_requests_total"} <= names
