"""Every source folder keeps what its cases promise. A new folder is tested by being there.

A case is one JSON file in ``sources/NAME/cases``:

    about        one sentence: what this delivery is
    headers      names in lower case; ``{hmac_sha256}`` stands for the body's HMAC under ``secret``
    body, text   the body as JSON, or as text
    received_at  default 2026-03-02T09:00:00Z
    options      the source's table of opsloop.toml
    secret, authentic   whether ``verify`` accepts the delivery under that secret
    signals      what is read, in the native form without its nulls
    ignored, notes, rejected, error   the rest of what is read; ``error`` is a part of the refusal
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path

import pytest

import opsloop.sources
from opsloop.errors import BadInput, NotFound
from opsloop.sources import Delivery, load, names

FOLDER = Path(opsloop.sources.__file__).parent


def read_case(path):
    return json.loads(path.read_text(encoding="utf-8"))


CASES = [
    pytest.param(name, path, id=f"{name}/{path.stem}")
    for name in names()
    for path in sorted((FOLDER / name / "cases").glob("*.json"))
]
READABLE = [case for case in CASES if "error" not in read_case(case.values[1])]


def delivery_of(case):
    body = (case["text"] if "text" in case else json.dumps(case["body"])).encode()
    secret = case.get("secret", "").encode()
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {name: value.replace("{hmac_sha256}", signature) for name, value in case.get("headers", {}).items()}
    received = datetime.fromisoformat(case.get("received_at", "2026-03-02T09:00:00Z"))
    return Delivery(body=body, headers=headers, received_at=received)


def told(signal):
    return {name: value for name, value in signal.as_json().items() if value not in (None, "", {})}


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_case_is_read_as_it_promises(name, path):
    case, source = read_case(path), load(name)
    delivery = delivery_of(case)
    if "authentic" in case:
        assert source.verify(delivery, case["secret"].encode()) is case["authentic"]
    if "error" in case:
        with pytest.raises(BadInput, match=r"\w") as refusal:
            source.parse(delivery, case.get("options", {}))
        assert case["error"] in str(refusal.value)
        return
    parsed = source.parse(delivery, case.get("options", {}))
    read = {
        "signals": [told(signal) for signal in parsed.signals],
        "ignored": parsed.ignored,
        "notes": list(parsed.notes),
        "rejected": [list(line) for line in parsed.rejected],
    }
    promised = {key: case.get(key, 0 if key == "ignored" else []) for key in read}
    assert read == promised, json.dumps(read, indent=2, ensure_ascii=False)


@pytest.mark.parametrize(("name", "path"), READABLE)
def test_a_delivery_received_twice_gives_the_same_ids(name, path):
    case = read_case(path)
    delivery, options = delivery_of(case), case.get("options", {})
    again = Delivery(body=delivery.body, headers=delivery.headers, received_at=delivery.received_at.replace(second=59))
    first, second = (load(name).parse(each, options).signals for each in (delivery, again))
    assert [signal.id for signal in first] == [signal.id for signal in second]
    assert len({signal.id for signal in first}) == len(first)


@pytest.mark.parametrize(("name", "path"), READABLE)
def test_no_signal_repeats_a_secret_of_its_delivery(name, path):
    case = read_case(path)
    delivery = delivery_of(case)
    parsed = load(name).parse(delivery, case.get("options", {}))
    said = json.dumps([told(signal) for signal in parsed.signals] + list(parsed.notes))
    secrets = [
        case.get("secret"),
        *(delivery.headers.get(header) for header in ("authorization", "x-gitlab-token", "x-opsloop-token")),
    ]
    assert not [secret for secret in secrets if secret and secret in said]


@pytest.mark.parametrize("name", names())
def test_a_source_has_a_readme_an_uneventful_case_and_a_false_signature(name):
    cases = [read_case(path) for path in sorted((FOLDER / name / "cases").glob("*.json"))]
    assert any(case.get("signals") for case in cases), "no case with signals"
    assert any(case.get("ignored") or case.get("rejected") or "error" in case for case in cases), "no unknown event"
    assert any(case.get("authentic") is False for case in cases), "no case with a false signature"
    assert any(case.get("authentic") is True for case in cases), "no case with a good signature"
    assert len((FOLDER / name / "README.md").read_text(encoding="utf-8")) > 300


def test_a_source_is_named_with_hyphens_or_underscores():
    assert load("azure-monitor") is load("azure_monitor")
    with pytest.raises(NotFound, match="there are alertmanager"):
        load("nagios3")


def test_only_folders_are_sources():
    assert "times" not in names()
    assert {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(names())
