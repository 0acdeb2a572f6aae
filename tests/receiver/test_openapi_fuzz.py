"""schemathesis asks everything that the API's description allows, and what it does not: never a 5xx, always as described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from commandline import document as document_of
from commandline import opsloop
from hypothesis import HealthCheck, Phase, given, settings
from processes import QUIET, Receiver
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from opsloop.web.api.openapi import document

HEAVY = {
    "/v1/findings",
    "/v1/detect",
    "/v1/backtest",
    "/v1/metrics/{family}",
    "/v1/verdicts",
    "/v1/verify",
    "/v1/review",
}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENTRY = "OPS-20260131-001"
DESCRIBED = schemathesis.openapi.from_dict(document()).exclude(path="/v1/events")  # a stream has no end
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]


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
@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_every_answer_is_described_and_none_is_a_server_error(operation: Any, receiver: Receiver, token: str) -> None:
    @settings(
        max_examples=3 if operation.path in HEAVY else 20,
        phases=(Phase.explicit, Phase.generate),  # what fails is told by its request, small or not
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(
            base_url=receiver.url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS, timeout=120
        )

    ask()


def test_the_description_is_valid() -> None:
    DESCRIBED.validate()
