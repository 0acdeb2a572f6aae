"""What a label set says: whose, of what, and the rest as attributes."""

from __future__ import annotations

from opsloop.sources.labels import LabelSet


def test_the_first_label_that_says_something_counts() -> None:
    said = LabelSet.of({"app": "", "deployment": "shop", "env": "prod", "owner": "payments", "pod": "shop-1"})
    assert (said.service, said.environment) == ("shop", "prod")
    assert said.attrs == {"resource": "shop-1", "team": "payments", "pod": "shop-1"}


def test_names_with_dots_are_those_of_opentelemetry_and_kubernetes() -> None:
    said = LabelSet.of({"service.name": "shop", "deployment.environment.name": "production", "k8s.pod.name": "shop-1"})
    assert (said.service, said.environment, said.attrs["resource"]) == ("shop", "production", "shop-1")
    assert LabelSet.of({"app.kubernetes.io/name": "shop"}).service == "shop"


def test_of_very_many_labels_those_that_say_whom_it_concerns_stay() -> None:
    attrs = LabelSet.of({f"label_{number}": "x" for number in range(60)} | {"team": "payments", "pod": "shop-1"}).attrs
    assert len(attrs) == 40
    assert (attrs["team"], attrs["resource"]) == ("payments", "shop-1")


def test_no_label_claims_an_attribute_of_ours_not_even_one_that_only_looks_like_it() -> None:
    said = LabelSet.of({"resource": "x", "at": "x", "url": "x", "run\u200bbook": "x", "pod": "shop-1"})
    assert said.attrs == {"resource": "shop-1", "pod": "shop-1"}


def test_a_label_set_of_endless_names_is_read_and_not_kept() -> None:
    endless = {"x" * 5_000: "shop"}
    assert list(LabelSet.of(endless).attrs.values()) == ["shop"]
