"""target-jsonl: the Singer SDK's own suite unchanged, then what the suite does not look at: the rows and the states."""

import importlib.resources
import json
from collections import defaultdict
from pathlib import Path

import pytest
from programs import TargetJsonl
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.testing import get_target_test_class, target_test_streams

STREAMS = importlib.resources.files(target_test_streams)
REFUSED = {"invalid_schema", "record_before_schema", "record_missing_key_property"}
REJECTED = "record_missing_required_property"
NAMES = sorted(path.name.removesuffix(".singer") for path in STREAMS.iterdir() if path.name.endswith(".singer"))


@pytest.fixture(scope="session", autouse=True)
def suite_destination(tmp_path_factory):
    SUITE_CONFIG["destination_path"] = str(tmp_path_factory.mktemp("suite"))


SUITE_CONFIG = {}
TestSuite = get_target_test_class(TargetJsonl, config=SUITE_CONFIG)


def messages(name):
    return [json.loads(line) for line in STREAMS.joinpath(f"{name}.singer").read_text("utf8").splitlines()]


def load(name, folder, **settings):
    """Runs the target over one of the SDK's streams; gives the states that it printed.

    A run in which every record of a stream was rejected ends with 2, after everything else is loaded and the states are printed.
    """
    target = TargetJsonl({"destination_path": str(folder), "file_naming": "hub", **settings})
    code = 2 if name == REJECTED else 0
    printed = target.run(stdin=STREAMS.joinpath(f"{name}.singer").read_text("utf8"), code=code)
    return [json.loads(line) for line in printed.splitlines()]


def rows(folder, metadata=True):
    """Rows of every file, keyed by the file's name, which is the stream's for names that a file system takes."""
    paths = Path(folder).glob("*.jsonl")
    return {path.stem: [without_metadata(line) for line in path.read_text("utf8").splitlines()] for path in paths}


def without_metadata(line):
    row = json.loads(line)
    return {name: value for name, value in row.items() if not name.startswith("_sdc_")}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {*REFUSED, REJECTED}])
def test_rows_are_the_records_in_order(name, tmp_path):
    expected = defaultdict(list)
    for message in messages(name):
        if message["type"] == "RECORD":
            expected[message["stream"]].append(message["record"])
    load(name, tmp_path)
    found = rows(tmp_path)
    special = "test:SpecialChars!in?attributes"  # no file may be called so: the target says by which name it goes
    if special in expected:
        assert list(found.values()) == [expected[special]]
    else:
        assert found == expected


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_the_protocol_forbids_leaves_no_row(name, tmp_path):
    with pytest.raises(Exception, match="[Ll]ine [12]"):
        load(name, tmp_path)
    assert [row for file in rows(tmp_path).values() for row in file] == []


def test_record_without_a_required_property_is_rejected_with_the_reason(tmp_path):
    load(REJECTED, tmp_path)
    assert set(rows(tmp_path)) == {"_sdc_rejected"}
    [rejected] = [json.loads(line) for line in (tmp_path / "_sdc_rejected.jsonl").read_text("utf8").splitlines()]
    [record] = [message for message in messages(REJECTED) if message["type"] == "RECORD"]
    assert json.loads(rejected["record"]) == record["record"]
    assert rejected["table_name"] == record["stream"]
    assert rejected["reason"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
@pytest.mark.parametrize("batch_size_rows", [1, 10_000])
def test_states_are_those_of_the_tap_in_order_up_to_the_last(name, batch_size_rows, tmp_path):
    sent = [message["value"] for message in messages(name) if message["type"] == "STATE"]
    printed = load(name, tmp_path, batch_size_rows=batch_size_rows)
    remaining = iter(sent)
    assert all(state in remaining for state in printed), "a state that the tap did not send, or out of order"
    assert printed[-1:] == [state for state in sent if state][-1:]
    assert {} not in printed


def test_multiple_states_with_small_batches(tmp_path):
    """The case that the SDK leaves out of its suite, with the comparison that its runner cannot make."""
    a, b = "test_multiple_state_messages_a", "test_multiple_state_messages_b"
    printed = load("multiple_state_messages", tmp_path, batch_size_rows=1)
    wanted = iter(printed)
    assert all(state in wanted for state in [{a: 1, b: 0}, {a: 3, b: 2}, {a: 5, b: 6}])


def test_system_columns_are_the_sdks(tmp_path):
    load("array_data", tmp_path)
    line = (tmp_path / "test_array_data.jsonl").read_text("utf8").splitlines()[0]
    assert {name for name in json.loads(line) if name.startswith("_sdc_")} == {
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_batched_at",
        "_sdc_deleted_at",
        "_sdc_sequence",
        "_sdc_table_version",
        "_sdc_sync_started_at",
    }


def test_about_has_the_sdks_shape_and_capabilities(capsys):
    TargetJsonl({}).print_about("json")
    about = json.loads(capsys.readouterr().out)
    assert list(about) == [
        "name",
        "description",
        "version",
        "sdk_version",
        "supported_python_versions",
        "capabilities",
        "settings",
    ]
    known = {capability.value for kind in (PluginCapabilities, TargetCapabilities) for capability in kind}
    assert set(about["capabilities"]) <= known
    assert set(about["settings"]["properties"]) >= {"destination_path", "do_timestamp_file", "custom_name"}
