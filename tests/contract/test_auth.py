"""Who is let in, and in which words others are not."""
import base64
import json

import pytest

from support.programs import SECRET, SOURCE, run
from support.weir_client import Client, date_text, md5_text, rest_text, signature


def refused(answer, status, code, text):
    assert answer.status == status, answer.body
    assert answer.json()["statusCode"] == code
    assert answer.json()["statusString"] == text


@pytest.mark.parametrize("resource", ["path", "url"])
@pytest.mark.parametrize("signed_query", ["raw", "decoded"])
def test_forms_of_the_signature(running, resource, signed_query):
    client = Client(running.url, resource=resource, signed_query=signed_query)
    answer = client.call("GET", "/projects/no%20such%2Fd%C3%A9mo/rename", newName="a b+c")
    assert answer.status == 400
    assert answer.json()["statusString"] == "Cannot Find SYMETRYML id[no such/démo] for Customer id [c1]"


@pytest.mark.parametrize("nanoseconds", [None, "0", "000000", "72718532", "123456789", "x y;z"])
def test_dates_that_are_fine(client, nanoseconds):
    assert client.call("GET", "/projects/list", date=date_text(-200, nanoseconds)).status == 200
    assert client.call("GET", "/projects/list", date=date_text(45, nanoseconds)).status == 200


@pytest.mark.parametrize("shift", [-310, 70, -86400 * 365])
def test_clock_window(client, shift):
    refused(client.call("GET", "/projects/list", date=date_text(shift)), 400, "BAD_REQUEST",
            "Please update your server time, it is likely out of sync with UTC")


@pytest.mark.parametrize("date", ["yesterday", "2026-02-30 00:00:00;1", "2026-03-04T05:06:07Z", "1772600767"])
def test_unreadable_dates(client, date):
    refused(client.call("GET", "/projects/list", date=date), 400, "BAD_REQUEST", "Invalid Date Format")


def test_missing_headers(client):
    refused(client.call("GET", "/projects/list", headers={"Authorization": None}), 400, "BAD_REQUEST",
            "Authentication header is null")
    refused(client.call("GET", "/projects/list", headers={"sym-date": None}), 400, "BAD_REQUEST",
            "sym-date header is null")


def test_headers_that_may_be_missing(client):
    assert client.call("POST", "/projects", {}, pid="auth-md5", headers={"Content-MD5": None}).status == 201
    assert client.call("GET", "/projects/list", headers={"Content-MD5": ""}).status == 200
    assert client.call("GET", "/projects/list", headers={"Customer-ID": None, "sym-version": None}).status == 200
    client.delete("/projects/auth-md5")


def test_wrong_md5(client):
    answer = client.call("POST", "/projects", {"a": "b"}, pid="md5", headers={"Content-MD5": md5_text(b"{}")})
    refused(answer, 400, "BAD_REQUEST", "Md5 do not match")


def test_unknown_user(running):
    refused(Client(running.url, cid="nobody").call("GET", "/projects/list"), 401, "UNAUTHORIZED", "Invalid User")


def test_another_customer_in_the_header(client):
    refused(client.call("GET", "/projects/list", headers={"Customer-ID": "c9"}), 401, "UNAUTHORIZED", "Invalid User")


def test_wrong_signature_shows_what_was_signed(running, client):
    date = date_text()
    other = base64.b64encode(bytes(16)).decode()
    answer = Client(running.url, secret=other).call("POST", "/projects", {"a": "b"}, date=date, pid="p")
    refused(answer, 401, "UNAUTHORIZED", "Invalid Signature")
    shown = answer.json()["values"]["stringToSign"]
    assert shown == rest_text("POST", b'{"a":"b"}', "SECRETKEY", date, "c1", "/symetry/rest/c1/projects",
                              "pid=p").decode()


def test_no_trace_of_the_secret_in_a_refusal(client):
    body = json.dumps({"mine": SECRET, "bare": SECRET.rstrip("=")}).encode()
    answer = client.call("POST", "/projects", body, pid=SECRET, headers={"Authorization": signature(SECRET, b"x")})
    assert answer.status == 401
    assert SECRET.rstrip("=").encode() not in answer.body
    assert "SECRETKEY" in answer.json()["values"]["stringToSign"]


def test_a_long_body_is_cut_in_a_refusal(client):
    answer = client.call("POST", "/projects", b"x" * 1_000_000, headers={"Authorization": signature(SECRET, b"x")})
    assert answer.status == 401
    assert len(answer.body) < 10_000
    assert "(1000000 bytes)" in answer.json()["values"]["stringToSign"]


@pytest.mark.parametrize("authorization", ["x", "", "=" * 44, "A" * 44, "A" * 5000])
def test_signatures_that_are_none(client, authorization):
    assert client.call("GET", "/projects/list", headers={"Authorization": authorization}).status in (400, 401)


def test_the_vectors_are_let_in_but_for_their_age(running):
    """Every published REST vector reaches the clock: its signature is looked at after the date."""
    vectors = json.loads((SOURCE / "tests/data/signing-vectors.json").read_text())["vectors"]
    raw = Client(running.url)
    for row in vectors:
        if row["kind"] != "rest":
            continue
        target = row["path"] + ("?" + row["query"] if row["query"] else "")
        answer = raw.raw(row["verb"], target, row["body"].encode(),
                         {"Authorization": row["authorization"], "sym-date": row["date"], "Host": row["host"]})
        assert answer.json()["statusString"].startswith("Please update your server time"), row["name"]


def test_users_change_at_once(running):
    new = base64.b64encode(b"0123456789abcdef").decode()
    assert run("user", "add", "guest", "--data", running.data, "--key", new).stdout == f"guest {new}\n"
    guest = Client(running.url, cid="guest", secret=new)
    assert guest.get("/projects/list")["values"] == {"stringList": {"values": []}}
    again = run("user", "rekey", "guest", "--data", running.data).stdout.split()[1]
    assert guest.call("GET", "/projects/list").status == 401
    guest.secret = again
    assert guest.call("GET", "/projects/list").status == 200
    assert "guest" in run("user", "list", "--data", running.data).stdout.split()
    run("user", "remove", "guest", "--data", running.data)
    refused(guest.call("GET", "/projects/list"), 401, "UNAUTHORIZED", "Invalid User")


def test_two_customers_do_not_see_each_other(running, client, project):
    secret = run("user", "add", "other", "--data", running.data).stdout.split()[1]
    other = Client(running.url, cid="other", secret=secret)
    assert project in client.get("/projects/list")["values"]["stringList"]["values"]
    assert other.get("/projects/list")["values"]["stringList"]["values"] == []
    assert other.call("GET", f"/projects/{project}/info").status == 400
    # signed by one for the path of the other
    assert other.call("GET", "/symetry/rest/c1/projects/list", full_path=True).status == 401
    run("user", "remove", "other", "--data", running.data)


@pytest.mark.parametrize("query", ["&".join(f"a{i}=1" for i in range(5000)), "?" + "&".join("a" * 5000), "&" * 20000])
def test_queries_of_too_many_arguments(client, query):
    answer = client.raw("GET", "/symetry/rest/c1/projects/list?" + query)
    assert answer.status == 400 and "query arguments" in answer.json()["statusString"]


@pytest.mark.parametrize("query", ["a?b=c&d=?e", "?", "", "a=%3F"])
def test_any_query_is_signed_as_sent(client, query):
    path = "/symetry/rest/c1/projects/list"
    assert client.raw("GET", f"{path}?{query}", b"", client.sign("GET", path, query)).status == 200


def test_a_call_may_come_again(client):
    """Callers that send no nanoseconds sign two equal calls of one second equally."""
    path = "/symetry/rest/c1/projects/list"
    headers = client.sign("GET", path, date=date_text(0, "000000"))
    assert [client.raw("GET", path, b"", headers).status for _ in range(3)] == [200] * 3
