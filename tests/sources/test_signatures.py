"""What is authentic, and what is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.sources import Delivery, load, names

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = b"a secret of some length"
BODY = b'{"alerts": []}'


def delivery(**headers):
    return Delivery(
        body=BODY, received_at=NOW, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def mac(message, digest="sha256"):
    return hmac.new(SECRET, message, digest).hexdigest()


def grafana(signed_at):
    return delivery(
        x_grafana_alerting_signature=mac(f"{signed_at}:".encode() + BODY),
        x_grafana_alerting_signature_timestamp=str(signed_at),
    )


@pytest.mark.parametrize(
    ("age_s", "authentic"), [(0, True), (299, True), (301, False), (-299, True), (-301, False), (86_400, False)]
)
def test_a_signed_time_of_grafana_holds_for_five_minutes(age_s, authentic):
    assert load("grafana").verify(grafana(int(NOW.timestamp()) - age_s), SECRET) is authentic


def test_a_time_that_was_not_signed_is_worth_nothing():
    forged = delivery(
        x_grafana_alerting_signature=mac(BODY), x_grafana_alerting_signature_timestamp=str(int(NOW.timestamp()))
    )
    assert not load("grafana").verify(forged, SECRET)
    assert not load("grafana").verify(grafana("not a time"), SECRET)


@pytest.mark.parametrize("signatures", ["v1={good}", "v1=00,v1={good}", " v1={good} , v1=00"])
def test_pagerduty_may_sign_with_several_secrets(signatures):
    given = signatures.replace("{good}", mac(BODY))
    assert load("pagerduty").verify(delivery(x_pagerduty_signature=given), SECRET)


@pytest.mark.parametrize("given", ["", "v1=", "v0={good}", "{good}", "v1={good}x", "v1={upper}"])
def test_nothing_else_passes_as_a_signature_of_pagerduty(given):
    given = given.replace("{good}", mac(BODY)).replace("{upper}", mac(BODY).upper())
    assert not load("pagerduty").verify(delivery(x_pagerduty_signature=given), SECRET)


def test_a_bad_signature_is_not_healed_by_the_secret_beside_it():
    given = delivery(x_pagerduty_signature="v1=00", authorization=f"Bearer {SECRET.decode()}")
    assert not load("pagerduty").verify(given, SECRET)


def test_github_does_not_take_the_old_sha1_signature():
    assert not load("github").verify(delivery(x_hub_signature=f"sha1={mac(BODY, 'sha1')}"), SECRET)
    assert load("github").verify(delivery(x_hub_signature_256=f"sha256={mac(BODY)}"), SECRET)


@pytest.mark.parametrize("name", names())
def test_no_source_takes_an_unsigned_delivery_or_an_empty_secret_in_a_header(name):
    verify = load(name).verify
    assert not verify(delivery(), SECRET)
    assert not verify(delivery(authorization="Bearer "), SECRET)
    assert not verify(delivery(authorization="Basic ====", x_gitlab_token="", x_opsloop_token=""), SECRET)
    assert not verify(delivery(authorization=f"Basic {base64.b64encode(b'user').decode()}"), SECRET)
    assert not verify(delivery(authorization=SECRET.decode()), SECRET)


@pytest.mark.parametrize("name", names())
@given(guess=st.text(max_size=80))
def test_a_guess_is_no_secret(name, guess):
    hexed = hashlib.sha256(guess.encode("utf-8", "replace")).hexdigest()
    headers = delivery(
        authorization=f"Bearer {guess}",
        x_opsloop_token=guess,
        x_gitlab_token=guess,
        x_signature=f"sha256={hexed}",
        sentry_hook_signature=hexed,
        x_hub_signature_256=f"sha256={hexed}",
    )
    assert load(name).verify(headers, SECRET) is (False or guess == SECRET.decode())


def standard(name="gitlab", key=SECRET, secret=SECRET, age_s=0, signatures="v1,AAAA v1,{good}"):
    signed_at = str(int(NOW.timestamp()) - age_s)
    good = base64.b64encode(hmac.digest(key, f"msg-1.{signed_at}.".encode() + BODY, "sha256")).decode()
    told = delivery(
        webhook_id="msg-1", webhook_timestamp=signed_at, webhook_signature=signatures.replace("{good}", good)
    )
    return load(name).verify(told, secret)


@pytest.mark.parametrize("name", ["gitlab", "generic"])
def test_standard_webhooks_sign_id_time_and_body_under_a_key_in_base64(name):
    assert standard(name)
    assert standard(name, key=b"\x00\xffkey", secret=b"whsec_" + base64.b64encode(b"\x00\xffkey"))
    assert not standard(name, key=b"another")
    assert not standard(name, key=b"", secret=b"whsec_"), "nobody signs with an empty key"
    assert not standard(name, signatures="v1a,{good} {good} v1,")
    assert standard(name, age_s=299)
    assert not standard(name, age_s=301)


def test_a_false_signature_is_not_made_good_by_the_token_beside_it():
    told = delivery(x_gitlab_token=SECRET.decode(), webhook_signature="v1,AAAA", webhook_timestamp="1", webhook_id="1")
    assert not load("gitlab").verify(told, SECRET)
