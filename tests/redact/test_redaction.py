import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsloop.redact import RULES, TOKENS, Redactor, redact

MASK = re.compile(r"\[[a-z]{2,8}:[0-9a-f]{8}\]")


def examples(kind):
    return [
        pytest.param(rule, text.replace("¦", ""), id=f"{rule.name}-{number}")
        for rule in (*RULES, *TOKENS)
        for number, text in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "text"), examples("hits"))
def test_a_rule_masks_what_it_is_for(rule, text):
    assert f"[{rule.label}:" in redact(text)


@pytest.mark.parametrize(("rule", "text"), examples("misses"))
def test_a_rule_leaves_alone_what_only_looks_like_it(rule, text):
    assert redact(text) == text


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "text"), [*examples("hits"), *examples("misses")])
def test_a_short_text_is_masked_as_the_same_text_within_a_long_one(rule, text):
    rest = "\n\n" + "plain words\n" * 500
    assert redact(text + rest) == redact(text) + rest


@pytest.mark.parametrize("rule", [*RULES, *TOKENS], ids=lambda rule: rule.name)
def test_every_rule_has_examples_for_and_against(rule):
    assert rule.hits
    assert rule.misses
    assert rule.needles or rule.shapes or rule.probe


@pytest.mark.parametrize(
    "text",
    [
        "commit 9f8d111d8f8e3e88b6d7f8bbdf62fd3cd863ef9d",
        "d0c3b9ce6 Merge pull request #18237 from someone/branch",
        "request_id=17aa6dfd-3e53-48ba-9c5e-e50acb9ae4b9 status=503 latency_ms=1043",
        "7a4179e324c784b99e98fedee05260f7  /bin/cat",
        "image: registry.example.com/app@sha256:9b2f1c7d0d3c4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789ab",
        "cloud.google.com/go v0.26.0/go.mod h1:aQUYkXzVsufM+DwF1aE+0xfcU+56JwCaLick0ClmMTw=",
        '"integrity": "sha512-hsU18Ae8CDTR6Kgu9DYf0EbCr/a5iGL0rytQDobUcdpYOKokk8LEjVphnXkDkgpi0wYVsqrXuP0bZxJaTqdgoA=="',
        "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDzW1ZAAbCdEfGhIjK ssh host key",
        "ledger-7d9f8b6c5-x2x4z   1/1   Running   0   25m",
        "terraform 1.9.8, provider 5.31.0.1, alsa-ucm-conf 1.2.8-1",
        "listening on 0.0.0.0:9090, loopback 127.0.0.1, documentation 203.0.113.10 and 2001:db8::1",
        "2026-01-31T12:00:00.123456+02:00 took 1769860800000 ms",
        "error: secret/api-token already exists",
        "pvc-b23fce3b-cada-43a9-89b8-2eb9b97e39c9 bound",
    ],
)
def test_what_operations_needs_stays_readable(text):
    assert redact(text) == text


def test_equal_values_leave_equal_masks_and_another_key_leaves_others():
    one, two = Redactor(key=b"one"), Redactor(key=b"two")
    masked = one("from 10.1.2.3 to 10.1.2.3 and 10.1.2.4")
    first, second, third = MASK.findall(masked)
    assert first == second != third
    assert one("10.1.2.3") == first
    assert two("10.1.2.3") != first


def test_own_hosts_are_masked_and_allowed_values_stay():
    own = Redactor(hosts=["prod.example.com"], allow=["10.0.0.1"])
    assert "db1" not in own("db1.prod.example.com is down")
    assert own("gateway 10.0.0.1") == "gateway 10.0.0.1"


def test_the_values_of_a_kubernetes_secret_are_masked_and_its_name_is_not():
    manifest = "apiVersion: v1\ndata:\n  user: YWRtaW4=\n  pass: aHVudGVyMg==\nkind: Secret\nmetadata:\n  name: db-credentials\n"
    masked = redact(manifest)
    assert "YWRtaW4" not in masked
    assert "aHVudGVyMg" not in masked
    assert "name: db-credentials" in masked
    assert "aHVudGVyMg" not in redact('{"data":{"pass":"aHVudGVyMg=="},"kind":"Secret","metadata":{"name":"x"}}')
    assert redact(manifest.replace("Secret", "ConfigMap").replace("pass:", "page:")).count("[") == 0


def test_json_stays_json_when_a_quoted_value_inside_a_string_is_masked():
    assert re.fullmatch(
        r'\{"log": "\{\\"password\\": \\"\[secret:\w{8}\]\\"\}"\}', redact(r'{"log": "{\"password\": \"hunter2\"}"}')
    )


PIECES = st.sampled_from(
    [
        *(
            "password=",
            "token: ",
            "Authorization: Bearer ",
            "https://u:p@h/",
            "10.1.2.3",
            "a@b.example",
            "\\n",
            '\\"',
            '"',
            "'",
            "\n",
            " ",
            "=",
        ),
        *(
            "eyJhbGciOiJIUzI1NiJ9.",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "kind: Secret\ndata:\n  a: ",
            "[secret:0123abcd]",
            "[ip:",
            "]",
        ),
        *(
            "mysql -p",
            "-u a:",
            "db.corp.internal",
            "4111 1111 1111 1111",
            "+49 30 901820 12",
            "Cookie: a=b; c=",
            "İ",
            "ß",
            "\ud800",
            "\x00",
            "fd00::1",
            "x9Y8z7",
        ),
    ],
)


@given(st.lists(PIECES | st.text(max_size=12), max_size=14).map("".join))
@example('kind: Secret\ndata:\n  a: \\n"https://u:p@h/x9Y8z7"').via("a line that depends on another")
@settings(max_examples=600, deadline=None)
def test_redaction_never_fails_is_idempotent_and_bounded(text):
    masked = redact(text)
    assert redact(masked) == masked
    assert len(masked) <= 7 * len(text) + 32


@pytest.mark.parametrize(
    "piece",
    [
        "key=",
        "a@",
        "://a:",
        "eyJ",
        'password "',
        "-----BEGIN PRIVATE KEY-----",
        "cookie: a=",
        "mysql ",
        "docker login ",
        "-u a:",
        "<token>",
        "10.",
        "\\n",
        "0 ",
        "a.",
        "-",
        "bedrock-api-key-/",
        "x1Y2z3-A4b5C6d7E8f9G0h1J2k3L4m5N/",
        "smbc",
        "[fc00::5",
        "host:80/path@x",
        ":pw",
        "openssl aes-128-",
    ],
)
def test_hostile_input_takes_linear_time(piece):
    def seconds(size):
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        redact(text)
        return time.process_time() - start

    seconds(10_000)
    assert seconds(160_000) <= 16 * max(seconds(40_000), 0.01)
