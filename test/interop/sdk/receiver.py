"""Fills an inbox through a real receiver on 127.0.0.1."""

import json
import re
import subprocess
import tempfile
import urllib.request

from programs import TapWebhooks, write_json


def deliver(config, events):
    """Posts the bodies of each integration, in order, to a receiver that ends afterwards."""
    tap = TapWebhooks(config)
    paths = {name: re.search(r"/v1/\S+", tap.run("url", "create", name))[0] for name in events}
    with tempfile.TemporaryDirectory() as folder:
        command = TapWebhooks.command("receive", "--config", write_json(folder, "config", config))
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as receiver:
            try:
                port = port_of(receiver)
                for name, bodies in events.items():
                    for body in bodies:
                        post(f"http://127.0.0.1:{port}{paths[name]}", body)
            finally:
                receiver.terminate()


def port_of(receiver):
    log = ""
    for line in receiver.stderr:
        if match := re.search(r'"port":(\d+)', line):
            return match[1]
        log += line
    raise RuntimeError(f"the receiver ended: {log}")


def post(url, body):
    with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=30) as answer:
        assert answer.status == 200
