"""Messages of Amazon SNS against certificates that the operator keeps."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from opsloop.errors import BadInput, Unauthorized
from opsloop.sources import Delivery
from opsloop.sources.cloudwatch.certificates import Certificates, certificates
from opsloop.verbs.receive import Intake
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALARM = {
    "AlarmName": "Errors",
    "AWSAccountId": "111122223333",
    "Region": "EU (Ireland)",
    "NewStateValue": "ALARM",
    "StateChangeTime": "2026-03-02T08:59:00.000+0000",
}
MESSAGE = {
    "Type": "Notification",
    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    "TopicArn": TOPIC,
    "Subject": 'ALARM: "Errors" in EU (Ireland)',
    "Message": json.dumps(ALARM),
    "Timestamp": "2026-03-02T08:59:10.123Z",
    "SignatureVersion": "1",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
    "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
}
CONFIRMATION = {name: value for name, value in MESSAGE.items() if name != "Subject"} | {
    "Type": "SubscriptionConfirmation",
    "Token": "2336412f37",
    "Message": "You have chosen to subscribe to the topic.",
    "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
}


def signed(message: dict[str, Any], key: rsa.RSAPrivateKey = KEY) -> dict[str, Any]:
    """As Amazon's guide says: the fields of its type, sorted, each name and each value on a line."""
    of_type = {
        "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        "SubscriptionConfirmation": [
            *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
        ],
    }[message["Type"]]
    told = "".join(f"{name}\n{message[name]}\n" for name in of_type if name in message)
    digest = hashes.SHA256() if message["SignatureVersion"] == "2" else hashes.SHA1()
    signature = key.sign(told.encode(), padding.PKCS1v15(), digest)
    return message | {"Signature": base64.b64encode(signature).decode()}


def delivery(body: dict[str, Any], received_at: datetime = NOW) -> Delivery:
    return Delivery(body=json.dumps(body).encode(), received_at=received_at)


def pem(key: Any, *, until: datetime = NOW + timedelta(days=100)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, until - timedelta(days=365), until)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    path = tmp_path / "sns.pem"
    path.write_bytes(pem(KEY))
    return str(path)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("message", [MESSAGE, CONFIRMATION, {**MESSAGE, "Subject": None}])
def test_what_amazon_signed_is_vouched_for(certificate: str, message: dict[str, Any], version: str) -> None:
    message = {name: value for name, value in message.items() if value is not None} | {"SignatureVersion": version}
    assert Certificates([certificate]).vouch(delivery(signed(message))) is True


@pytest.mark.parametrize(
    ("field", "was", "is_now"),
    [
        ("Message", "ALARM", "OK"),
        ("MessageId", "22b80b92", "22b80b93"),
        ("Subject", "Errors", "Error"),
        ("Timestamp", "08:59:10", "08:59:11"),
        ("TopicArn", "alarms", "others"),
    ],
)
def test_a_changed_field_is_noticed(certificate: str, field: str, was: str, is_now: str) -> None:
    forged = signed(MESSAGE) | {field: MESSAGE[field].replace(was, is_now)}
    assert forged[field] != MESSAGE[field]
    assert Certificates([certificate]).vouch(delivery(forged)) is False


@pytest.mark.parametrize(
    "change",
    [
        {"Signature": "AAAA"},
        {"Signature": "not Base64"},
        {"Signature": ""},
        {"Signature": None},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": None},
        {"MessageId": 7},
        {"Timestamp": None},
        {"Type": "UnsubscribeConfirmation"},
    ],
)
def test_what_is_no_signature_is_none(certificate: str, change: dict[str, Any]) -> None:
    assert Certificates([certificate]).vouch(delivery(signed(MESSAGE) | change)) is False


def test_another_key_or_one_that_ended_signs_nothing(certificate: str, tmp_path: Path) -> None:
    assert Certificates([certificate]).vouch(delivery(signed(MESSAGE, OTHER_KEY))) is False
    ended = tmp_path / "ended.pem"
    ended.write_bytes(pem(KEY, until=NOW - timedelta(days=1)))
    assert Certificates([str(ended)]).vouch(delivery(signed(MESSAGE))) is False


def test_two_certificates_stand_side_by_side(certificate: str, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(pem(OTHER_KEY) + Path(certificate).read_bytes())
    for read in (Certificates([str(both)]), Certificates([certificate, str(both)])):
        assert read.vouch(delivery(signed(MESSAGE))) is True
        assert read.vouch(delivery(signed(MESSAGE, OTHER_KEY))) is True


@pytest.mark.parametrize(("later", "vouched"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
def test_a_message_is_no_longer_taken_after_a_day(certificate: str, later: timedelta, vouched: bool) -> None:
    assert Certificates([certificate]).vouch(delivery(signed(MESSAGE), NOW + later)) is vouched
    early = NOW - timedelta(minutes=10)
    assert Certificates([certificate]).vouch(delivery(signed(MESSAGE), early)) is False


@pytest.mark.parametrize("body", [ALARM, {"detail-type": "CloudWatch Alarm State Change"}, {"Type": ["Notification"]}])
def test_of_what_sns_did_not_wrap_nothing_is_said(certificate: str, body: dict[str, Any]) -> None:
    assert Certificates([certificate]).vouch(delivery(body)) is None


def test_certificates_need_topics(certificate: str) -> None:
    assert certificates({"topic_arns": [TOPIC]}) is None
    with pytest.raises(BadInput, match="certificates needs topic_arns"):
        certificates({"certificates": [certificate]})


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), (b"no certificate", "not a readable PEM")])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "odd.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=f"odd.pem.*{reason}"):
        Certificates([str(path)])


def test_a_key_of_another_kind_is_none_of_sns(tmp_path: Path) -> None:
    path = tmp_path / "curve.pem"
    path.write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(BadInput, match=r"curve.pem has another key than RSA"):
        Certificates([str(path)])


@pytest.fixture
def intake(tmp_path: Path, certificate: str) -> Intake:
    settings = f'[sources.cloudwatch]\ncertificates = ["{certificate}"]\ntopic_arns = ["{TOPIC}"]\n'
    (tmp_path / "opsloop.toml").write_text(settings, encoding="utf-8")
    return Intake(Workspace(tmp_path, NOW))


def test_a_signed_message_from_anywhere_is_taken_without_a_password(intake: Intake) -> None:
    received = intake.read("cloudwatch", delivery(signed(MESSAGE)), local=False)
    assert [signal.name for signal in received.parsed.signals] == ["Errors"]
    assert intake.guarded == {"cloudwatch"}


@pytest.mark.parametrize("local", [True, False])
def test_an_unsigned_message_is_refused_even_from_here(intake: Intake, local: bool) -> None:
    with pytest.raises(Unauthorized, match="bears no signature by"):
        intake.read("cloudwatch", delivery(MESSAGE), local=local)


def test_what_nobody_signs_still_needs_a_secret(intake: Intake) -> None:
    with pytest.raises(Unauthorized, match="has no secret"):
        intake.read("cloudwatch", delivery(ALARM), local=False)


def test_a_password_that_is_set_is_asked_for_as_well(
    tmp_path: Path, certificate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNS_PASSWORD", "secret")
    settings = f'[sources.cloudwatch]\nsecret_env = "SNS_PASSWORD"\ncertificates = ["{certificate}"]\n'
    (tmp_path / "opsloop.toml").write_text(f'{settings}topic_arns = ["{TOPIC}"]\n', encoding="utf-8")
    intake = Intake(Workspace(tmp_path, NOW))
    with pytest.raises(Unauthorized, match="signature, token or password"):
        intake.read("cloudwatch", delivery(signed(MESSAGE)), local=False)
