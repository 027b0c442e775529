"""Learning, forgetting and predicting by WebSocket."""
import asyncio
import json
import socket

import pytest
import websockets

from contract.conftest import rows

LEARN, FORGET, PREDICT = "/symetry/ws/learn", "/symetry/ws/forget", "/symetry/ws/predict"


def talk(client, path, *messages):
    """Sends messages on one connection, each after the answer before; the answers, and whether it was closed."""
    async def run():
        answers = []
        async with websockets.connect(client.url.replace("http", "ws", 1) + path, max_size=None) as ws:
            for message in messages:
                await ws.send(message)
                answers.append(json.loads(await ws.recv()))
            try:
                await asyncio.wait_for(ws.recv(), 0.3)
            except websockets.ConnectionClosed:
                return answers, True
            except TimeoutError:
                return answers, False
            raise AssertionError("one answer too many")
    return asyncio.run(run())


def count(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]["rows"]


OK = {"statusCode": "OK", "statusString": "OK", "values": {}}


@pytest.mark.parametrize("final_newline", [True, False])
@pytest.mark.parametrize("resource", ["url", "path"])
@pytest.mark.parametrize("form", ["length", "separator", "characters"])
def test_every_framing(client, project, form, resource, final_newline):
    message = client.ws_message(LEARN, [project], rows(3), form=form, final_newline=final_newline,
                                resource=LEARN if resource == "path" else None)
    answers, closed = talk(client, LEARN, message)
    assert answers == [OK] and not closed
    assert count(client, project) == 3


def test_learn_forget_predict(client, project):
    talk(client, LEARN, client.ws_message(LEARN, [project], rows(60)))
    talk(client, LEARN, client.ws_message(LEARN, [project], rows(5, start=500)))
    talk(client, FORGET, client.ws_message(FORGET, [project], rows(5, start=500)))
    assert count(client, project) == 60
    client.build(project, "m", "hba")
    body = {"attributeNames": ["x"], "attributeTypes": ["C"], "data": [["1"], ["99"]]}
    answers, closed = talk(client, PREDICT, client.ws_message(PREDICT, [project, "m"], body))
    rest = client.post(f"/projects/{project}/predict/m", body)
    assert answers == [rest] and not closed


def test_several_messages_on_one_connection(client, project):
    signed = client.ws_message(LEARN, [project], rows(2))
    bare = json.dumps(rows(2))
    answers, closed = talk(client, LEARN, signed, bare, "0," + bare, signed)
    assert answers == [OK] * 4 and not closed
    assert count(client, project) == 8


def test_letters_beyond_ascii(client, project):
    body = {"attributeNames": ["ville"], "attributeTypes": ["T"], "data": [["Orléans"], ["東京"]]}
    answers, _ = talk(client, LEARN, client.ws_message(LEARN, [project], body))
    assert answers == [OK]
    assert client.get(f"/projects/{project}/info")["values"]["smlInfo"]["attributeNames"] == ["ville$orléans",
                                                                                              "ville$東京"]


def test_a_message_of_eight_megabytes(client, project):
    wide = {"attributeNames": ["x", "y"], "attributeTypes": ["C", "C"],
            "data": [[f"{i}.123456789", "1.23456789012345"] for i in range(230_000)]}
    message = client.ws_message(LEARN, [project], wide)
    assert len(message) > 8_000_000
    answers, _ = talk(client, LEARN, message)
    assert answers == [OK]
    assert count(client, project) == 230_000


def refused(client, path, message, code, words):
    answers, closed = talk(client, path, message)
    assert closed
    assert answers[0]["statusCode"] == code and words in answers[0]["statusString"], answers
    return answers[0]


def test_refusals_are_texts_and_then_a_close(client, project):
    good = rows(1)
    refused(client, LEARN, json.dumps(good), "BAD_REQUEST", "Authentication header is null")
    refused(client, LEARN, "0," + json.dumps(good), "BAD_REQUEST", "Authentication header is null")
    answer = refused(client, LEARN, client.ws_message(LEARN, [project], good, authorization="A" * 43 + "="),
                     "UNAUTHORIZED", "Invalid Signature")
    assert client.secret not in json.dumps(answer) and "SECRETKEY" in answer["values"]["stringToSign"]
    refused(client, LEARN, client.ws_message(LEARN, [project], good, md5="1B2M2Y8AsgTpgAmY7PhCfg=="), "BAD_REQUEST",
            "Md5 do not match")
    refused(client, LEARN, client.ws_message(LEARN, [project], good, date="2020-01-01 00:00:00;1"), "BAD_REQUEST",
            "Please update your server time")
    refused(client, LEARN, client.ws_message(LEARN, ["nowhere"], good), "BAD_REQUEST", "Cannot Find SYMETRYML")
    refused(client, LEARN, client.ws_message(LEARN, [], good), "BAD_REQUEST", "extraKeys")
    refused(client, PREDICT, client.ws_message(PREDICT, [project], good), "BAD_REQUEST", "extraKeys")
    refused(client, PREDICT, client.ws_message(PREDICT, [project, "gone"], good), "INTERNAL_SERVER_ERROR",
            "no such model")
    refused(client, LEARN, client.ws_message(LEARN, [project], b"{"), "BAD_REQUEST", "")
    # signed for learning, sent to forget
    refused(client, FORGET, client.ws_message(LEARN, [project], good), "UNAUTHORIZED", "Invalid Signature")
    client.cid = "nobody"
    refused(client, LEARN, client.ws_message(LEARN, [project], good), "UNAUTHORIZED", "Invalid User")
    client.cid = "c1"
    assert count(client, project) == 0


@pytest.mark.parametrize("message", [
    "", "x", "5", "5,", "5,{", "99999999999999999999,{}", "-1,{}{}", "10,{\"a\":1}{}", "{}", "{\"headers\":[]}-289907289{}",
    "-289907289", "12,[1,2,3,4,5]{}", "150,{\"headers\":[1,2,3,4],\"extraKeys\":[]}{}", "3,{}", "\u0000", "7,\u00e9\u00e9",
    "40,{\"headers\":[\"a\",\"b\",\"c\",\"d\"],\"extraKeys\":{}}{}", "{" * 5000, "1," + "[" * 70000,
])
def test_messages_that_are_none(client, message):
    answers, closed = talk(client, LEARN, message)
    assert closed and answers[0]["statusCode"] in ("BAD_REQUEST", "UNAUTHORIZED"), answers


def test_fragments(client, project):
    message = client.ws_message(LEARN, [project], rows(50))

    async def run():
        async with websockets.connect(client.url.replace("http", "ws", 1) + LEARN) as ws:
            await ws.send([message[i:i + 100] for i in range(0, len(message), 100)])
            assert json.loads(await ws.recv()) == OK
            await (await ws.ping())
    asyncio.run(run())
    assert count(client, project) == 50


def test_binary_messages_are_refused(client):
    answers, closed = talk(client, LEARN, b"binary")
    assert closed and answers[0]["statusCode"] == "BAD_REQUEST"


def framed(head, payload):
    """One frame of a client whose mask is zero."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xfe]) + size.to_bytes(2, "big")
    return bytes([head]) + length + bytes(4) + payload


@pytest.mark.parametrize("frames", [
    framed(0x81, b'{"\xff\xfe'), framed(0x81, b"5,\xc3"), framed(0xc1, b"{}"), framed(0x80, b"{}"),
    b"\x81\x02{}", b"\x81\xff" + b"\x7f" * 8 + bytes(5), framed(0x83, b"{}")],
    ids=["not UTF-8", "half a letter", "a reserved bit", "nothing to continue", "no mask", "2^63 bytes", "no such kind"])
def test_broken_frames_are_told_before_the_close(client, frames):
    """A bare close is success to a caller, so words come first."""
    host, port = client.host.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as plain:
        plain.sendall(f"GET {LEARN} HTTP/1.1\r\nHost: {client.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += plain.recv(4096)
        plain.sendall(frames)
        got = got.split(b"\r\n\r\n", 1)[1]
        while more := plain.recv(4096):
            got += more
    assert got[0] == 0x81 and got[1] < 126, got
    said = json.loads(got[2:2 + got[1]])
    assert said["statusCode"] == "BAD_REQUEST" and said["values"] == {} and "UTF-8" in said["statusString"]
    assert got[2 + got[1]] == 0x88  # and then the close
    assert client.call("GET", "/projects/list").status == 200


def test_a_plain_get_of_a_websocket_path(client):
    answer = client.raw("GET", LEARN)
    assert answer.status == 426 and answer.headers["upgrade"] == "websocket"
    assert answer.json()["statusCode"] == "UPGRADE_REQUIRED"
