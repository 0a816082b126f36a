"""The streams of the built-in providers: the Singer SDK's tap suite over the sample webhooks of examples/."""

import json
import tempfile

from programs import ROOT, TapWebhooks
from receiver import deliver
from singer_sdk.testing import get_tap_test_class

FOLDER = tempfile.TemporaryDirectory()
CONFIG = {
    "integrations": [{"name": name, "provider": name} for name in ("delighted", "vero")],
    "inbox_path": f"{FOLDER.name}/inbox",
    "public_url": "https://hooks.example.com",
    "port": 0,
}


def samples(provider):
    paths = sorted((ROOT / "examples" / "payloads" / provider).glob("*.json"))
    return [json.loads(path.read_text("utf8")) for path in paths]


deliver(CONFIG, {name: samples(name) for name in ("delighted", "vero")})
TestSuite = get_tap_test_class(TapWebhooks, config=CONFIG)
