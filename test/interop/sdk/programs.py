"""Our programs behind the interface that the Singer SDK's test suites use: each call is a real process."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from singer_sdk.exceptions import MissingKeyPropertiesError, RecordsWithoutSchemaException

ROOT = Path(__file__).resolve().parents[3]

# The suites tell failures apart by the class of the exception, a process by what it says.
EXCEPTIONS = {
    "record before its SCHEMA": RecordsWithoutSchemaException,
    "missing key property": MissingKeyPropertiesError,
}


class Program:
    name: str

    def __init__(self, config, parse_env_config=False, catalog=None):
        self.config = config
        self.catalog = catalog

    @classmethod
    def command(cls, *args):
        return ["node", str(ROOT / "packages" / cls.name / "bin" / f"{cls.name}.js"), *args]

    def run(self, *args, stdin=None, code=0):
        """Standard output of a run that ends with this exit code; another one raises what its last words call for."""
        with tempfile.TemporaryDirectory() as folder:
            command = self.command("--config", write_json(folder, "config", self.config), *args)
            if self.catalog:
                command += ["--catalog", write_json(folder, "catalog", self.catalog)]
            done = subprocess.run(command, input=stdin, capture_output=True, text=True, encoding="utf8", timeout=60)
        if done.returncode != code:
            raise next((e for text, e in EXCEPTIONS.items() if text in done.stderr), RuntimeError)(done.stderr)
        return done.stdout

    def print_version(self):
        sys.stdout.write(self.run("--version"))

    def print_about(self, output_format=None):
        sys.stdout.write(self.run("--about", *(["--format", output_format] if output_format else [])))


def write_json(folder, name, value):
    path = Path(folder, f"{name}.json")
    path.write_text(json.dumps(value), encoding="utf8")
    return str(path)


class TargetJsonl(Program):
    name = "target-jsonl"

    def process_lines(self, file_input):
        sys.stdout.write(self.run(stdin=file_input.read()))

    def process_endofpipe(self):
        """The end of its input was the end of the process."""


class TapWebhooks(Program):
    name = "tap-webhooks"

    def run_discovery(self):
        return self.run("--discover")

    @property
    def catalog_dict(self):
        return json.loads(self.run_discovery())

    @property
    def streams(self):
        return {entry["tap_stream_id"]: stream(entry) for entry in self.catalog_dict["streams"]}

    def run_connection_test(self):
        return self.run("--test")

    def run_sync_dry_run(self, dry_run_record_limit=None):
        sys.stdout.write(self.run("drain"))


def stream(entry):
    return SimpleNamespace(
        name=entry["tap_stream_id"],
        schema=entry["schema"],
        primary_keys=entry["key_properties"],
        stream_maps=[SimpleNamespace(transformed_schema=entry["schema"])],
    )
