"""A broker with secured listeners and a schema registry behind a door: certificates are made when the tests run."""
import base64
import http.client
import json
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from .stack import Stack

USER, PASSWORD, TOKEN, STORE_PASSWORD = "alice", "al;ice=\"secret\"", "token-of-alice", "of the store"
LOGIN = "org.apache.kafka.common.security"


def jaas(module, **options):
    """sasl.jaas.config as the Java client takes it."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in options.values())
    return f"{LOGIN}.{module} required " + " ".join(f'{n}="{v}"' for n, v in zip(options, quoted)) + ";"


class Certificates:
    """One authority; a server and a client that it knows; another authority that nobody does."""

    def __init__(self, folder):
        self.folder = folder
        for authority in ("ca", "stranger"):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}",
                         "-keyout", f"{authority}.key", "-out", f"{authority}.pem")
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
        for name in ("server", "client"):
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                         "-keyout", f"{name}.key", "-out", f"{name}.csr")
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                         "-days", "2", "-extfile", "names", "-out", f"{name}.pem")
            both = (folder / f"{name}.key").read_text() + (folder / f"{name}.pem").read_text()
            (folder / f"{name}-both.pem").write_text(both)
        self.openssl("pkcs12", "-export", "-in", "client-both.pem", "-out", "client.p12",
                     "-passout", f"pass:{STORE_PASSWORD}")

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def __call__(self, name):
        return str(self.folder / name)


def broker_properties(certificates, port):
    """Beside the plain listener one with SASL over TLS, and one that asks for a certificate."""
    java_password = PASSWORD.replace('"', '\\\\"')  # one backslash for the file, one for the login module
    return "\n".join(line.strip() for line in f"""
        listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 100},\
SECURE://127.0.0.1:{port + 10},MUTUAL://127.0.0.1:{port + 20}
        advertised.listeners=PLAINTEXT://127.0.0.1:{port},SECURE://127.0.0.1:{port + 10},MUTUAL://127.0.0.1:{port + 20}
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL
        sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
        listener.name.secure.plain.sasl.jaas.config={LOGIN}.plain.PlainLoginModule required \
user_{USER}="{java_password}";
        listener.name.secure.scram-sha-256.sasl.jaas.config={LOGIN}.scram.ScramLoginModule required;
        listener.name.secure.scram-sha-512.sasl.jaas.config={LOGIN}.scram.ScramLoginModule required;
        listener.name.secure.oauthbearer.sasl.jaas.config={LOGIN}.oauthbearer.OAuthBearerLoginModule required \
unsecuredLoginStringClaim_sub="broker";
        ssl.keystore.type=PEM
        ssl.keystore.location={certificates("server-both.pem")}
        ssl.truststore.type=PEM
        ssl.truststore.location={certificates("ca.pem")}
        listener.name.mutual.ssl.client.auth=required
        """.splitlines() if line.strip()) + "\n"


class SecureBroker:
    def __init__(self, folder, certificates, port):
        properties = folder / "broker.properties"
        properties.write_text(broker_properties(certificates, port))
        self.stack = Stack(str(folder / "run"), kafka=str(port))
        self.stack.env |= {"WEIR_KAFKA_PROPS_FILE": str(properties), "WEIR_HEAP": "384m"}
        self.plain, self.sasl, self.mutual = (f"127.0.0.1:{port + more}" for more in (0, 10, 20))
        self.stack.call("kafka", "up")
        self.admin = AdminClient({"bootstrap.servers": self.plain})

    def scram(self, user, password, mechanism):
        """Lets a user in; the password is stored salted, so it is changed and never read."""
        kind = {"SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256, "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512}[mechanism]
        change = UserScramCredentialUpsertion(user, ScramCredentialInfo(kind, 4096), password.encode())
        for changed in self.admin.alter_user_scram_credentials([change]).values():
            changed.result(30)

    def close(self):
        self.stack.call("kafka", "down", check=False)


class Door:
    """A registry behind TLS, which lets in who has the password, the token, or a certificate of the authority."""

    def __init__(self, url, certificates, passwords=None):
        self.behind = urlsplit(url)
        self.passwords = passwords or {USER: PASSWORD}
        self.open, self.refused = True, 0
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def let_in(self):
                kind, _, rest = self.headers.get("Authorization", "").partition(" ")
                if kind == "Basic":
                    user, _, password = base64.b64decode(rest).decode().partition(":")
                    return door.passwords.get(user) == password
                return rest == TOKEN if kind == "Bearer" else bool(self.connection.getpeercert())

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if not door.open:
                    self.close_connection = True
                    return
                if self.let_in():
                    status, answer = door.ask(self.command, self.path, body, self.headers)
                else:
                    door.refused += 1
                    status, answer = 401, b'{"error_code": 40101, "message": "who are you?"}'
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that does not trust the certificate, or has none

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates("server.pem"), certificates("server.key"))
        context.load_verify_locations(certificates("ca.pem"))
        context.verify_mode = ssl.CERT_OPTIONAL
        self.http = Server(("127.0.0.1", 0), Handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self.http.server_port}"
        self.url = f"https://{self.host}{self.behind.path}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def ask(self, verb, path, body, headers):
        connection = http.client.HTTPConnection(self.behind.netloc, timeout=30)
        try:
            kept = {k: v for k, v in headers.items() if k.lower() in ("content-type", "accept")}
            connection.request(verb, path, body or None, kept)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class Provider:
    """An identity provider: it gives whoever has the password a token that nobody has signed, which the broker takes."""

    def __init__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                basic = base64.b64decode(self.headers.get("Authorization", "").partition(" ")[2]).decode()
                now = int(time.time())
                parts = ({"alg": "none"}, {"sub": USER, "iat": now, "exp": now + 300, "scope": "rows"})
                token = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
                                 for p in parts) + "."
                status, answer = (200, {"access_token": token, "token_type": "bearer", "expires_in": 300}
                                  ) if unquote(basic) == f"weir:{PASSWORD}" else (401, {"error": "invalid_client"})
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/token"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
