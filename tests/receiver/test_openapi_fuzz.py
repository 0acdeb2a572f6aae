"""schemathesis asks everything that the API's description allows, and what it does not: never a 5xx, always as described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import document as document_of
from commandline import opsloop
from hypothesis import HealthCheck, Phase, given, settings
from processes import QUIET, Receiver

from opsloop.web.api.openapi import document

HEAVY = {
    "/v1/findings": 1,  # every detector, each of which compiles its queries
    "/v1/detect": 1,
    "/v1/backtest": 3,
    "/v1/metrics/{family}": 3,
    "/v1/verdicts": 3,
    "/v1/verify": 3,
    "/v1/review": 3,
}
"""How many examples are enough of what takes a second or more."""
ENTRY = "OPS-20260131-001"
OPERATIONS = [
    (path, method)
    for path, methods in document()["paths"].items()
    for method in methods
    if path != "/v1/events"  # a stream has no end
]


@pytest.fixture(scope="module")
def described() -> Any:
    """The description as the fuzzer reads it; importing it takes a second that only this module should pay."""
    import schemathesis

    return schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fuzzed")
    (root / "opsloop.toml").write_text(QUIET)
    entry = json.dumps({"id": ENTRY, "name": "pool"})
    document_of(opsloop(root, "log", "issue", "--from-json", "-", "--json", given=entry))
    return root


@pytest.fixture(scope="module")
def token(project: Path) -> str:
    return str(document_of(opsloop(project, "token", "create", "--scope", "approve", "--json"))["token"])


@pytest.fixture(scope="module")
def receiver(project: Path) -> Iterator[Receiver]:
    with Receiver(project) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_every_answer_is_described_and_none_is_a_server_error(
    path: str, method: str, described: Any, receiver: Receiver, token: str
) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    wanted = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]

    @settings(
        max_examples=HEAVY.get(path, 20),
        phases=(Phase.explicit, Phase.generate),  # what fails is told by its request, small or not
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(described[path][method].as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(
            base_url=receiver.url, headers={"Authorization": f"Bearer {token}"}, checks=wanted, timeout=120
        )

    ask()


@pytest.mark.slow
def test_the_description_is_valid(described: Any) -> None:
    described.validate()


def test_what_is_known_is_named() -> None:
    """Clients are made from the description, so that a word it knows is no mistake to find out."""
    from opsloop import detectors

    asked = {one["name"]: one["schema"] for one in document()["paths"]["/v1/backtest"]["get"]["parameters"]}
    assert asked["detector"]["enum"] == list(detectors.names())
    assert (
        "alert_fatigue"
        in document()["components"]["schemas"]["Findings"]["properties"]["findings"]["items"]["properties"]["detector"][
            "enum"
        ]
    )
