"""Bodies and answers that travel encrypted under the user's secret, made and read by the openssl program."""
import base64
import json
import subprocess

from .programs import SECRET

KEY = base64.b64decode(SECRET)[:16].hex()
IV = "2f3339414b576575879bb1c9e3001e3e"


def openssl(data: bytes, *more) -> bytes:
    return subprocess.run(["openssl", "enc", "-aes-128-cbc", "-K", KEY, "-iv", IV, *more], input=data,
                          capture_output=True, check=True).stdout


def hide(value) -> bytes:
    return base64.b64encode(openssl(json.dumps(value).encode()))


def show(text):
    return json.loads(openssl(base64.b64decode(text), "-d"))
