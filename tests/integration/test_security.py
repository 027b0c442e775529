"""Clusters that do not let everybody in: a broker with SASL over TLS and one that asks for certificates, and a registry
behind a password, a token or a certificate; for connectors, scorers, streams of the server, and what watches topics.

A wrong password is told where people look, costs nothing while it is waited for, and is forgotten when it is right.
"""
import ctypes
import json
import os
from pathlib import Path

import confluent_kafka
import pytest
import requests

from support.programs import SECRET, Program, run, server, user
from support.secure import PASSWORD, STORE_PASSWORD, TOKEN, USER, Certificates, Door, Provider, SecureBroker, jaas
from support.topics import Pairs, Topics, record, totals
from support.waiting import spent, wait
from support.weir_client import Client
from support.workers import CLASS

PORT = int(os.environ.get("WEIR_TEST_SECURE_PORT", 29392))
ROWS, TOPIC = 300, "secured"
PLAIN, SCRAM = "plain.PlainLoginModule", "scram.ScramLoginModule"
OAUTH = "oauthbearer.OAuthBearerLoginModule"
HTTPS = "schema.registry.ssl."


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory, certificates):
    it = SecureBroker(tmp_path_factory.mktemp("secure"), certificates, PORT)
    try:
        it.scram(USER, PASSWORD, "SCRAM-SHA-256")
        it.scram(USER, PASSWORD, "SCRAM-SHA-512")
        yield it
    finally:
        it.close()


@pytest.fixture(scope="module")
def door(stack, certificates):
    it = Door(stack.registry, certificates)
    yield it
    it.close()


@pytest.fixture(scope="module")
def provider():
    it = Provider()
    yield it
    it.close()


@pytest.fixture(scope="module")
def topic(broker, stack):
    """Rows that every way in must find, and one record that cannot be read."""
    topics, pairs = Topics(broker.plain, stack.registry), Pairs()
    topics.make(TOPIC, 2)
    encode = topics.avro(TOPIC, record(a="long", b="long"))
    topics.send(TOPIC, [encode(row) for row in pairs.take(ROWS)] + [b"\0"])
    return topics, pairs


@pytest.fixture(scope="module")
def weir(tmp_path_factory, properties):
    data = tmp_path_factory.mktemp("weir") / "data"
    user(data)
    with server(data, "--kafka-properties", properties) as it:
        yield it
        assert it.stop() == 0, it.errors()[-3000:]


@pytest.fixture
def client(weir):
    return Client(weir.url)


@pytest.fixture(scope="module")
def plain_way(broker, door, certificates):
    """What the Java client's manuals say: SASL/PLAIN, and a registry with a password."""
    return {"bootstrap.servers": broker.sasl, "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN",
            "sasl.jaas.config": jaas(PLAIN, username=USER, password=PASSWORD), "client.dns.lookup": "use_all_dns_ips",
            "ssl.truststore.type": "PEM", "ssl.truststore.location": certificates("ca.pem"),
            "schema.registry.url": door.url, "basic.auth.credentials.source": "USER_INFO",
            "schema.registry.basic.auth.user.info": f"{USER}:{PASSWORD}", HTTPS + "ca.location": certificates("ca.pem")}


@pytest.fixture(scope="module")
def properties(tmp_path_factory, plain_way):
    """The same as a file, in which a backslash is one."""
    file = tmp_path_factory.mktemp("properties") / "kafka.properties"
    file.write_text("".join(f"{name} = {value}\n" for name, value in plain_way.items()))
    return file


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """An environment with a librdkafka that can log in by SCRAM at Kafka 4 (2.6.1 or later): the system's, or the one
    that confluent-kafka brings along."""
    if ctypes.CDLL("librdkafka.so.1").rd_kafka_version() >= 0x020601ff:
        return {}
    bundled = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
    folder = tmp_path_factory.mktemp("library")
    (folder / "librdkafka.so.1").symlink_to(next(bundled.glob("librdkafka-*.so.1")))
    return {"LD_LIBRARY_PATH": str(folder)}


@pytest.fixture(scope="module")
def worker(properties, library):
    with Program("connect", "--listen", "127.0.0.1:0", "--properties", properties, ready="listening ",
                 env=library) as it:
        yield it
        assert it.stop() == 0, it.errors()[-3000:]


@pytest.fixture(scope="module")
def packaged(properties):
    """A worker with the system's own librdkafka."""
    with Program("connect", "--listen", "127.0.0.1:0", "--properties", properties, ready="listening ") as it:
        yield it
        assert it.stop() == 0, it.errors()[-3000:]


def connector(weir, project, topics=TOPIC, **more):
    return {"connector.class": CLASS, "topics": topics, "sml.url": f"{weir.url}/symetry/rest", "sml.project": project,
            "sml.customer.id": "c1", "sml.customer.secret.key": SECRET, "sml.attribute.types": "C,C",
            "value.converter": "io.confluent.connect.avro.AvroConverter", "sml.reconnect.backoff.ms": "200",
            "sml.reconnect.backoff.max.ms": "400", "sml.backoff.max.retries": "100",
            "behavior.on.malformed.documents": "warn", **more}


def put(worker, name, config):
    answer = requests.put(f"{worker.url}/connectors/{name}/config", json=config, timeout=30)
    assert answer.status_code in (200, 201), answer.text


def task(worker, name):
    return requests.get(f"{worker.url}/connectors/{name}/status", timeout=10).json()["tasks"][0]


def brokers(**settings):
    return {f"consumer.override.{name.replace('__', '.')}": value for name, value in settings.items()}


def registry(**settings):
    return {f"value.converter.{name}": value for name, value in settings.items()}


def ways_in(broker, door, certificates, provider):
    """Name of a way in, and what a connector says to take it; what it leaves out is the worker's."""
    ca, https = certificates("ca.pem"), {f"value.converter.{HTTPS}ca.location": certificates("ca.pem")}
    url = {"value.converter.schema.registry.url": door.url, **https}
    basic = {**url, "value.converter.basic.auth.user.info": f"{USER}:{PASSWORD}"}
    login = {"sasl__username": USER, "sasl__password": PASSWORD}
    scram = jaas(SCRAM, username=USER, password=PASSWORD)
    mutual = {"bootstrap__servers": broker.mutual, "security__protocol": "SSL", "ssl__ca__location": ca}
    return {
        "of-the-worker": {**url, "value.converter.bearer.auth.token": TOKEN},
        "plain": {**brokers(security__protocol="SASL_SSL", sasl__mechanism="PLAIN", ssl__ca__location=ca, **login),
                  **https, "value.converter.schema.registry.url":
                      door.url.replace("//", f"//{USER}:al%3Bice%3D%22secret%22@")},
        "scram-256": {**brokers(sasl__mechanism="SCRAM-SHA-256", sasl__jaas__config=scram), **url,
                      "value.converter.basic.auth.credentials.source": "SASL_INHERIT"},
        "scram-512": {**brokers(sasl__mechanism="SCRAM-SHA-512", sasl__jaas__config=scram), **basic},
        "token": {**brokers(sasl__mechanism="OAUTHBEARER", sasl__jaas__config=jaas(
            OAUTH, unsecuredLoginStringClaim_sub=USER)), **basic},
        "provider": {**brokers(sasl__mechanism="OAUTHBEARER", sasl__jaas__config=jaas(
            OAUTH, clientId="weir", clientSecret=PASSWORD, scope="rows"), sasl__oauthbearer__token__endpoint__url=(
                provider.url), sasl__login__callback__handler__class=(
                    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler")), **basic},
        "certificate": {**brokers(ssl__certificate__location=certificates("client.pem"),
                                  ssl__key__location=certificates("client.key"), **mutual), **url,
                        f"value.converter.{HTTPS}certificate.location": certificates("client.pem"),
                        f"value.converter.{HTTPS}key.location": certificates("client.key")},
        "pem-store": {**brokers(ssl__keystore__location=certificates("client-both.pem"), ssl__keystore__type="PEM",
                                **mutual), **url,
                      f"value.converter.{HTTPS}keystore.location": certificates("client-both.pem")},
        "pkcs12-store": {**brokers(ssl__keystore__location=certificates("client.p12"),
                                   ssl__keystore__password=STORE_PASSWORD, **mutual), **url,
                         f"value.converter.{HTTPS}keystore.location": certificates("client.p12"),
                         f"value.converter.{HTTPS}keystore.password": STORE_PASSWORD},
    }


# the last one because librdkafka 2.0 loses a kilobyte over a PKCS#12 store, which a build with sanitizers does not let pass
NEEDS_NEW = ("scram-256", "scram-512", "provider", "pkcs12-store")


def test_connectors_learn_by_every_way_in(broker, door, certificates, provider, topic, worker, packaged, weir, client):
    """All at once, each into a project of its own; one of them keeps what it cannot read where it belongs."""
    topics, pairs = topic
    ways = ways_in(broker, door, certificates, provider)
    for name, settings in ways.items():
        dead = {"errors.deadletterqueue.topic.name": "dead"} if name == "plain" else {}
        put(worker if name in NEEDS_NEW else packaged, name, connector(weir, name, **settings, **dead))
    for name in ways:
        wait(lambda n=name: totals(client, n) == pairs.totals, 60,
             lambda n=name: f"{n}: {totals(client, n)}\n{worker.errors()}\n{packaged.errors()}")
    assert [m.value() for m in topics.read("dead", 1)] == [b"\0"]
    for one in (worker, packaged):
        shown = requests.get(f"{one.url}/connectors?expand=info&expand=status", timeout=10).json()
        for text in (json.dumps(shown), one.errors()):
            for secret in (PASSWORD, "al;ice", "al%3Bice", TOKEN, STORE_PASSWORD, SECRET):
                assert secret not in text
        for name in shown:
            assert requests.delete(f"{one.url}/connectors/{name}", timeout=30).status_code == 204


def test_a_scorer_gets_in_both_ways(broker, door, certificates, topic, weir, client, plain_way, tmp_path):
    """Exactly once, over transactions; the schema of what it writes goes through the door."""
    topics, pairs = topic
    client.post("/projects", {}, ok=(201,), pid="scored", enableHistogram="true")
    rows = [[str(row["a"]), str(row["b"])] for row in Pairs().take(100)]
    client.post("/projects/scored/learn", {"attributeNames": ["a", "b"], "attributeTypes": ["C", "C"], "data": rows})
    client.build("scored", "m", "hba")
    settings = {**plain_way, "sml.kstream.source.topic": TOPIC, "sml.kstream.sink.topic": "scores",
                "sml.kstream.app.id": "scorer", "sml.kstream.project.id": "scored", "sml.kstream.model.id": "m",
                "sml.kstream.rest": "false", "sml.kstream.rest.user": "c1", "sml.kstream.rest.secret": SECRET,
                "sml.kstream.rest.host": weir.url, "sml.kstream.schedule.ms": "200"}
    file = tmp_path / "stream.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    with Program("stream", file) as scorer:
        assert len(topics.read("scores", ROWS)) == ROWS, scorer.errors()
        assert scorer.stop() == 0
        assert PASSWORD not in scorer.errors()


def test_wrong_passwords_are_told_and_waited_for(broker, door, topic, certificates, worker, weir, client):
    """First the brokers do not know the user, then the registry does not; both change their minds."""
    _, pairs = topic
    broker.scram("bob", "not yet", "SCRAM-SHA-512")
    door.passwords["bob"] = "not yet"
    put(worker, "bob", connector(weir, "bob", **brokers(
        sasl__mechanism="SCRAM-SHA-512", sasl__jaas__config=jaas(SCRAM, username="bob", password="bobs")), **{
            "value.converter.schema.registry.url": door.url, "value.converter.basic.auth.user.info": "bob:bobs",
            f"value.converter.{HTTPS}ca.location": certificates("ca.pem")}))
    wait(lambda: "uthentication" in task(worker, "bob").get("trace", ""), 30, lambda: task(worker, "bob"))
    assert task(worker, "bob")["state"] == "RUNNING"
    assert spent(worker, 2) < 0.2
    broker.scram("bob", "bobs", "SCRAM-SHA-512")
    wait(lambda: "does not let this client in" in task(worker, "bob").get("trace", ""), 30,
         lambda: f"{task(worker, 'bob')}\n{worker.errors()}")
    assert "401" in task(worker, "bob")["trace"] and spent(worker, 2) < 0.2
    assert totals(client, "bob")["count"] == 0
    door.passwords["bob"] = "bobs"
    wait(lambda: totals(client, "bob") == pairs.totals, 60, lambda: f"{task(worker, 'bob')}\n{worker.errors()}")
    wait(lambda: not task(worker, "bob").get("trace"), 20, lambda: task(worker, "bob"))
    assert "bobs" not in worker.errors()


def test_an_authority_that_is_not_trusted(broker, door, certificates, provider, topic, worker, weir, client):
    """The broker's certificate is checked, and so is the registry's."""
    stranger = certificates("stranger.pem")
    ways = ways_in(broker, door, certificates, provider)
    put(worker, "s1", connector(weir, "s1", **{**ways["scram-512"], "consumer.override.ssl.ca.location": stranger,
                                               "consumer.override.ssl.truststore.location": stranger}))
    put(worker, "s2", connector(weir, "s2", **{**ways["scram-512"], f"value.converter.{HTTPS}ca.location": stranger}))
    for name in ("s1", "s2"):
        wait(lambda n=name: "certificate" in task(worker, n).get("trace", ""), 30,
             lambda n=name: f"{n}: {task(worker, n)}\n{worker.errors()}")
        assert totals(client, name)["count"] == 0
        requests.delete(f"{worker.url}/connectors/{name}", timeout=30)


def test_stores_that_cannot_be_read_are_refused(worker, weir, certificates, tmp_path):
    jks = tmp_path / "client.jks"
    jks.write_bytes(b"\xfe\xed\xfe\xed\0\0\0\2")
    for name, value, says in (
            ("consumer.override.ssl.keystore.location", jks, "keytool -importkeystore"),
            (f"value.converter.{HTTPS}keystore.location", jks, "keytool -importkeystore"),
            ("consumer.override.ssl.truststore.location", certificates("client.p12"), "openssl pkcs12"),
            (f"value.converter.{HTTPS}ca.location", tmp_path / "nowhere.pem", "nowhere.pem"),
            ("consumer.override.sasl.jaas.config", "com.sun.security.auth.module.Krb5LoginModule required;",
             "sasl.kerberos")):
        answer = requests.put(f"{worker.url}/connectors/refused/config", timeout=30, json=connector(
            weir, "refused", **{"value.converter.schema.registry.url": "https://127.0.0.1:1", name: str(value)}))
        assert answer.status_code == 400 and says in answer.text, answer.text


def test_streams_of_the_server_get_in(broker, door, topic, weir, client, plain_way, certificates):
    """By password, as the Java client takes it, and by certificate; a wrong password is told and waited for."""
    _, pairs = topic
    ca = certificates("ca.pem")
    by_password = {name if name.startswith(("bootstrap.", "schema.", "basic.")) else "sml.kafka." + name: value
                   for name, value in plain_way.items()}
    by_certificate = {"bootstrap.servers": broker.mutual, "sml.kafka.security.protocol": "SSL",
                      "sml.kafka.ssl.ca.location": ca,
                      "sml.kafka.ssl.certificate.location": certificates("client.pem"),
                      "sml.kafka.ssl.key.location": certificates("client.key"), "schema.registry.url": door.url,
                      "schema.registry.bearer.auth.token": TOKEN, HTTPS + "ca.location": ca}
    wrong = {**by_password, "sml.kafka.sasl.jaas.config": jaas(PLAIN, username=USER, password="wrong one")}
    for name, info in (("by-password", by_password), ("by-certificate", by_certificate), ("wrong", wrong)):
        client.post("/projects", {}, ok=(201,), pid=name, enableHistogram="true")
        client.post(f"/projects/{name}/streams/create", {"type": "kafka", "name": "s",
                                                         "info": {**info, "kafka.topic": TOPIC}}, ok=(201,))

    def told(project):
        return client.get(f"/projects/{project}/streams/info")["values"]["streams"][0]
    for name in ("by-password", "by-certificate"):
        wait(lambda n=name: totals(client, n) == pairs.totals, 60,
             lambda n=name: f"{n}: {told(n)} {totals(client, n)}\n{weir.errors()}")
    wait(lambda: told("wrong")["state"] == "waiting" and "uthentication" in told("wrong")["reason"], 30,
         lambda: told("wrong"))
    assert spent(weir, 2) < 0.2
    shown = json.dumps([told(name) for name in ("by-password", "wrong")]) + weir.errors()
    assert "wrong one" not in shown and PASSWORD not in shown


def test_topics_are_filled_and_watched(topic, client, properties, tmp_path):
    """weir simulate writes through the same doors, and the server shows the topics that are behind them."""
    csv = tmp_path / "rows.csv"
    csv.write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(50)))
    done = run("simulate", "--properties", properties, "--topic", "simulated", "--csv", csv)
    assert done.stdout.strip() == "50"
    assert len(topic[0].read("simulated", 50)) == 50
    assert "simulated" in json.dumps(client.get("/topics"))
