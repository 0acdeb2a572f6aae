"""Is a delivery authentic? The schemes that tools use; every comparison takes constant time.

Most tools sign nothing but let you set a header, or credentials in the URL: ``shared_secret`` is for them.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final

from opsloop.sources.times import moment

if TYPE_CHECKING:
    from opsloop.sources import Delivery

OWN_HEADER: Final = "x-opsloop-token"
_PREFIX: Final = b"whsec_"
REPLAY_WINDOW_S: Final = 300.0
"""How old, or how far ahead, a signed time may be: what Stripe, Slack and Standard Webhooks settled on."""


def hmac_hex(secret: bytes, message: bytes, digest: str = "sha256") -> str:
    """The hexadecimal HMAC of a message."""
    return hmac.new(secret, message, digest).hexdigest()


def equal(given: str | None, wanted: str | bytes) -> bool:
    """Constant-time comparison; an absent value equals nothing."""
    expected = wanted if isinstance(wanted, bytes) else wanted.encode()
    return given is not None and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected)


def signed(delivery: Delivery, secret: bytes, header: str, *, prefix: str = "") -> bool:
    """The header holds ``prefix`` and the hexadecimal HMAC-SHA256 of the raw body."""
    given = delivery.headers.get(header)
    return equal(given.strip() if given else None, prefix + hmac_hex(secret, delivery.body))


def fresh(delivery: Delivery, signed_at: str | None) -> bool:
    """The time that the vendor signed is within the replay window of the receipt."""
    read = moment(signed_at)
    return read is not None and abs((delivery.received_at - read).total_seconds()) <= REPLAY_WINDOW_S


def standard_webhook(delivery: Delivery, secret: bytes) -> bool:
    """Signed after Standard Webhooks 1.0: one of the signatures fits id, time and body, and the time is fresh.

    The secret is Base64 behind ``whsec_``, as it is shown where it is made; any other is taken as it is.
    """
    identity, signed_at = (delivery.headers.get(name, "") for name in ("webhook-id", "webhook-timestamp"))
    message = f"{identity}.{signed_at}.".encode("utf-8", "replace") + delivery.body
    wanted = base64.b64encode(hmac.digest(_key(secret), message, "sha256"))
    given = delivery.headers.get("webhook-signature", "").split()
    fits = [equal(one.removeprefix("v1,"), wanted) for one in given if one.startswith("v1,")]
    return any(fits) and fresh(delivery, signed_at)


def _key(secret: bytes) -> bytes:
    """The key that a secret says; never an empty one, with which anybody could sign."""
    if not secret.startswith(_PREFIX):
        return secret
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True) or secret
    except binascii.Error:
        return secret


def shared_secret(delivery: Delivery, secret: bytes) -> bool:
    """``Authorization: Bearer SECRET``, Basic with SECRET as password, or ``X-Opsloop-Token: SECRET``."""
    scheme, _, credentials = delivery.headers.get("authorization", "").partition(" ")
    given = {"bearer": _bearer, "basic": _password}.get(scheme.lower(), _nothing)(credentials.strip())
    by_header = equal(delivery.headers.get(OWN_HEADER), secret)
    return equal(given, secret) or by_header


def _bearer(credentials: str) -> str | None:
    return credentials or None


def _password(credentials: str) -> str | None:
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return pair.partition(":")[2] or None


def _nothing(credentials: str) -> None:
    _ = credentials
