"""tap-webhooks: the Singer SDK's own suite unchanged, over an inbox that a real receiver on 127.0.0.1 has filled."""

import json
import re
import tempfile

from programs import TapWebhooks
from receiver import deliver
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.testing import get_tap_test_class

EVENTS = {
    "orders": [
        {"order_id": 1, "total": 9.5, "paid": True, "customer": {"id": 7}, "items": [{"sku": "a"}], "note": None},
        {"order_id": 2, "total": 10, "paid": False, "note": "a column, since one value has a type"},
        [{"order_id": 3, "total": "free"}, {"order_id": 4, "added": "later"}],
    ],
    "keyless": [{"text": "Ä 漢字"}, {"text": "the same"}, {"text": "the same"}],
}

FOLDER = tempfile.TemporaryDirectory()
CONFIG = {
    "integrations": [
        {"name": "orders", "provider": "webhooks", "key_properties": ["order_id"]},
        {"name": "keyless", "provider": "webhooks"},
    ],
    "inbox_path": f"{FOLDER.name}/inbox",
    "public_url": "https://hooks.example.com",
    "port": 0,
}


deliver(CONFIG, EVENTS)  # before the suite is made: it discovers the streams for its parameters
TestSuite = get_tap_test_class(TapWebhooks, config=CONFIG)


def messages():
    return [json.loads(line) for line in TapWebhooks(CONFIG).run("drain").splitlines()]


def payload(record):
    return {name: value for name, value in record.items() if not re.match("__?sdc_", name)}


def test_records_are_the_events_in_order():
    found = {}
    for message in messages():
        if message["type"] == "RECORD":
            found.setdefault(message["stream"], []).append(payload(message["record"]))
    order_1, order_2, [order_3, order_4] = EVENTS["orders"]
    assert found == {
        "orders-data": [order_1, order_2, {"order_id": 3, "total__st": "free"}, order_4],
        "keyless-data": EVENTS["keyless"],
    }


def test_schema_comes_before_the_records_of_its_stream():
    known = set()
    for message in messages():
        if message["type"] == "SCHEMA":
            known.add(message["stream"])
        elif message["type"] == "RECORD":
            assert message["stream"] in known


def test_last_state_covers_every_record():
    sent = messages()
    assert sent[-1]["type"] == "STATE"
    for stream, bookmark in sent[-1]["value"]["bookmarks"].items():
        rows = [message["record"] for message in sent if message["type"] == "RECORD" and message["stream"] == stream]
        assert bookmark["position"] >= max(row["_sdc_position"] for row in rows)


def test_key_properties_are_the_integrations():
    catalog = {entry["tap_stream_id"]: entry["key_properties"] for entry in TapWebhooks(CONFIG).catalog_dict["streams"]}
    assert catalog["orders-data"] == ["order_id"]
    assert catalog["keyless-data"] == ["__sdc_primary_key"]


def test_about_has_the_sdks_capabilities(capsys):
    TapWebhooks(CONFIG).print_about("json")
    about = json.loads(capsys.readouterr().out)
    known = {capability.value for kind in (PluginCapabilities, TapCapabilities) for capability in kind}
    assert {"about", "catalog", "discover", "state"} <= set(about["capabilities"]) <= known
