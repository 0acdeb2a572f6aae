"""Was an SNS message signed by Amazon? Judged by certificates that the operator keeps, so that nothing is fetched.

Source: *Verifying the signatures of Amazon SNS messages*, Amazon SNS Developer Guide. Signed are the names and values
of some fields, each on a line of its own, with RSA (PKCS #1 v1.5) and SHA-1 (``SignatureVersion`` 1) or SHA-256 (2).
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, MissingExtra
from opsloop.sources.payload import text, texts
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

    from opsloop.sources import Delivery

_CONFIRMATION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Final = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_OPTIONAL: Final = frozenset({"Subject"})
OLDEST: Final = timedelta(hours=24)
"""A message that was signed longer ago is a replay: SNS tries an endpoint that fails for six hours."""
_AHEAD: Final = timedelta(minutes=5)


class Certificates:
    """Amazon's certificates, from PEM files. Raises BadInput for a file that holds none for RSA."""

    def __init__(self, files: Sequence[str]) -> None:
        try:
            from cryptography import x509
        except ImportError as error:
            raise MissingExtra("sns", "[sources.cloudwatch] certificates") from error

        self._certificates: list[tuple[Certificate, RSAPublicKey]] = []
        for file in files:
            try:
                read = x509.load_pem_x509_certificates(Path(file).expanduser().read_bytes())
            except (OSError, ValueError) as error:
                msg = f"[sources.cloudwatch] certificates: {file} is not a readable PEM file ({error})"
                raise BadInput(msg) from error
            self._certificates += [(one, _rsa_key(one, file)) for one in read]

    def vouch(self, delivery: Delivery) -> bool | None:
        """Whether one of them signed it, lately; None for what is no message of SNS, and so signed by nobody."""
        try:
            body = delivery.object()
        except BadInput:
            return None
        names = _SIGNED.get(text(body, "Type") or "")
        if names is None:
            return None
        told, signature, sent_at = _signed_text(body, names), _signature(body), moment(body, "Timestamp")
        if told is None or signature is None or sent_at is None:
            return False
        if not -_AHEAD <= delivery.received_at - sent_at <= OLDEST:
            return False
        digest = text(body, "SignatureVersion") or ""
        return any(_fits(key, signature, told, digest) for key in self._keys_at(delivery))

    def _keys_at(self, delivery: Delivery) -> Iterator[RSAPublicKey]:
        for certificate, key in self._certificates:
            if certificate.not_valid_before_utc <= delivery.received_at <= certificate.not_valid_after_utc:
                yield key


def certificates(options: Mapping[str, Any]) -> Certificates | None:
    """Those that the settings name; None where they name none.

    Raises BadInput where no topic is named: Amazon signs the messages of anybody's topic.
    """
    files = texts(options, "certificates")
    if not files:
        return None
    if not texts(options, "topic_arns"):
        msg = "[sources.cloudwatch] certificates needs topic_arns: Amazon signs what anybody's topic sends"
        raise BadInput(msg)
    return Certificates(files)


def _rsa_key(certificate: Certificate, file: str) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        msg = f"[sources.cloudwatch] certificates: {file} has another key than RSA, so it is none of SNS"
        raise BadInput(msg)
    return key


def _signed_text(body: Mapping[str, Any], names: Sequence[str]) -> bytes | None:
    """What was signed; None where a field is missing that always is."""
    given = [(name, body.get(name)) for name in names]
    there = [(name, value) for name, value in given if value is not None or name not in _OPTIONAL]
    if not all(isinstance(value, str) for _, value in there):
        return None
    return "".join(f"{name}\n{value}\n" for name, value in there).encode("utf-8", "replace")


def _signature(body: Mapping[str, Any]) -> bytes | None:
    try:
        return base64.b64decode(text(body, "Signature", limit=2000) or "", validate=True) or None
    except binascii.Error:
        return None


def _fits(key: RSAPublicKey, signature: bytes, told: bytes, version: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    digest: Any = {"1": hashes.SHA1, "2": hashes.SHA256}.get(version)
    if digest is None:
        return False
    try:
        key.verify(signature, told, PKCS1v15(), digest())
    except InvalidSignature:
        return False
    return True
