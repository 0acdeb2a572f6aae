"""``pull prometheus`` and ``pull alertmanager`` against the real servers."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from vendorserver import Reply, VendorServer

from opsloop.errors import BadInput, OutsideFailed
from opsloop.sources.labels import fingerprint_of
from opsloop.verbs.pull import pull
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.servers
STEP_S = 300
SLO = """
[[slo]]
name = "checkout-availability"
service = "checkout"
objective = 0.99
good_query = 'sum(rate(http_requests_total{service="checkout",code!~"5.."}[5m]))'
total_query = 'http_requests_total{service="checkout"}'
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command, ready):
    """A server of the test's own, until it answers at ``ready``; stopped at the end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(ready, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
        else:
            pytest.fail(f"no answer at {ready}")
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def prometheus(folder, config="", *flags):
    port, file = free_port(), folder / "prometheus.yml"
    file.write_text(config or "global: {}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=10y",
        *flags,
    ]
    with running(command, f"{url}/-/ready"):
        yield url


def history(start, steps):
    """OpenMetrics of a node, a service and an alert, a point every five minutes."""
    times = [int(start.timestamp()) + STEP_S * number for number in range(steps)]
    series = {
        "node_memory_MemTotal_bytes": ('{instance="db-1:9100",job="node",service="payments"}', lambda _: 1000),
        "node_memory_MemAvailable_bytes": (
            '{instance="db-1:9100",job="node",service="payments"}',
            lambda number: 500 - number,
        ),
        "ALERTS": (
            '{alertname="HighErrorRate",alertstate="firing",service="checkout",severity="critical"}',
            lambda number: 1 if 20 <= number % 60 < 25 else None,
        ),
    }
    lines = []
    for name, (labels, value) in series.items():
        lines.append(f"# TYPE {name} gauge")
        lines += [
            f"{name}{labels} {value(number)} {at}" for number, at in enumerate(times) if value(number) is not None
        ]
    lines.append("# TYPE http_requests counter")
    for code, growth in (("200", 99), ("503", 1)):
        lines += [
            f'http_requests_total{{service="checkout",code="{code}"}} {growth * number} {at}'
            for number, at in enumerate(times)
        ]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture
def backfilled(tmp_path):
    """A Prometheus that holds two days of history, and when it starts."""
    folder = tmp_path / "prometheus"
    folder.mkdir()
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = now - timedelta(days=2)
    (folder / "history.txt").write_text(history(start, 2 * 288), encoding="utf-8")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "history.txt", folder / "data"],
        check=True,
        capture_output=True,
    )
    with prometheus(folder) as url:
        yield url, start, now


@pytest.mark.needs("prometheus", "promtool")
def test_two_days_of_history_are_pulled_once(backfilled, tmp_path):
    url, start, now = backfilled
    (tmp_path / "opsloop.toml").write_text(SLO, encoding="utf-8")
    options = {"url": url, "alert_step_s": STEP_S, "lookback": "1m"}
    half = pull(Workspace(tmp_path, start + timedelta(days=1)), "prometheus", options=options)
    rest = pull(Workspace(tmp_path, now), "prometheus", options=options)
    again = pull(Workspace(tmp_path, now), "prometheus", options=options, since=start.isoformat())
    assert half["accepted"] > 500
    assert rest["accepted"] > 500
    assert again["accepted"] == 0

    store = Workspace(tmp_path, now).store
    memory = store.read(kind="sample")
    assert {(signal.name, signal.service, signal.attrs["resource"]) for signal in memory} == {
        ("memory", "payments", "db-1:9100")
    }
    assert len({signal.at for signal in memory}) == len(memory) >= 2 * 288 - 2
    assert memory[0].value == pytest.approx(0.5, abs=0.01)
    assert memory[-1].value == pytest.approx(0.5 + 0.575, abs=0.01)

    sli = store.read(kind="sli")
    good, total = (sum(float(signal.attrs[name]) for signal in sli) for name in ("good", "total"))
    assert total == pytest.approx(100 * 2 * 288, rel=0.02)
    assert good / total == pytest.approx(0.99, abs=0.001)

    alerts = store.read(kind="alert")
    fired, resolved = ([signal for signal in alerts if signal.status == status] for status in ("firing", "resolved"))
    assert [(signal.at - start) / timedelta(seconds=STEP_S) for signal in fired] == pytest.approx(
        [20 + 60 * number for number in range(10)][: len(fired)]
    )
    assert len(fired) == len(resolved) == 10
    assert {signal.fingerprint for signal in alerts} == {
        fingerprint_of({"alertname": "HighErrorRate", "service": "checkout", "severity": "critical"})
    }


@pytest.mark.needs("prometheus", "promtool")
def test_all_series_of_an_slo_count_and_what_cannot_be_counted_is_said(backfilled, tmp_path):
    url, start, now = backfilled
    queries = {
        "no-sum": ('rate(http_requests_total{code!~"5.."}[5m])', "rate(http_requests_total[5m])"),
        "by-code": (
            'sum by (code) (rate(http_requests_total{code!~"5.."}[${window}]))',
            "sum by (code) (http_requests_total)",
        ),
        "difference": ('sum(http_requests_total) - sum(http_requests_total{code=~"5.."})', "http_requests_total"),
    }
    declared = [
        f"[[slo]]\nname = '{name}'\nobjective = 0.9\ngood_query = '{good}'\ntotal_query = '{total}'\n"
        for name, (good, total) in queries.items()
    ]
    (tmp_path / "opsloop.toml").write_text("\n".join(declared), encoding="utf-8")
    done = pull(Workspace(tmp_path, now), "prometheus", options={"url": url}, since=start.isoformat())
    (note,) = done["notes"]
    assert "[[slo]] difference is not pulled: it has no range" in note
    for name in ("no-sum", "by-code"):
        told = [signal for signal in Workspace(tmp_path, now).store.read(kind="sli") if signal.name == name]
        good, total = (sum(float(signal.attrs[one]) for signal in told) for one in ("good", "total"))
        assert total == pytest.approx(100 * 2 * 288, rel=0.02)
        assert good / total == pytest.approx(0.99, abs=0.001)


@pytest.mark.needs("prometheus", "promtool")
def test_history_that_is_asked_for_again_amid_an_alert_tells_no_other_one(backfilled, tmp_path):
    url, start, now = backfilled
    options = {"url": url, "alert_step_s": STEP_S}
    pull(Workspace(tmp_path, now), "prometheus", options=options, since=start.isoformat())
    amid = start + timedelta(seconds=STEP_S * 142)
    again = pull(Workspace(tmp_path, now), "prometheus", options=options, since=amid.isoformat())
    assert again["accepted"] == 0


def test_what_the_server_doubts_is_noted(tmp_path):
    answer = {"status": "success", "data": {"resultType": "matrix", "result": []}, "warnings": ["partial response"]}
    with VendorServer(lambda _: Reply(body=answer)) as server:
        now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        done = pull(Workspace(tmp_path, now), "prometheus", options={"url": server.url}, since="2026-03-02T08:00:00Z")
    assert [note.partition("warns: ")[2] for note in done["notes"]] == [
        "partial response; if something is missing, pull again with --since"
    ] * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"step_s": "1m"}, "step_s '1m' is no number of seconds"),
        ({"step_s": 86400, "alert_step_s": 1}, "too short beside"),
        ({"step_s": 300, "alert_step_s": 7}, "does not divide"),
    ],
)
def test_steps_that_cannot_be_meant_are_refused(options, said, tmp_path):
    with pytest.raises(BadInput, match=said):
        pull(Workspace(tmp_path), "prometheus", options={"url": "http://127.0.0.1:9", **options})


def test_no_question_asks_for_more_points_than_prometheus_gives(tmp_path):
    answer = {"status": "success", "data": {"resultType": "matrix", "result": []}}
    with VendorServer(lambda _: Reply(body=answer)) as server:
        now, options = datetime(2026, 3, 2, tzinfo=UTC), {"url": server.url, "alert_step_s": 1}
        pull(Workspace(tmp_path, now), "prometheus", options=options, since="2026-03-01T00:00:00Z")
        spans = [
            (float(asked.query["end"]) - float(asked.query["start"])) / float(asked.query["step"])
            for asked in server.asked
        ]
    assert max(spans) < 11_000


@pytest.mark.needs("prometheus")
def test_a_query_that_is_none_is_refused_with_the_servers_reason(tmp_path):
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with prometheus(folder) as url:
        options = {"url": url, "samples": {"cpu": "sum(", "memory": "", "disk": ""}}
        with pytest.raises(OutsideFailed, match="parse error"):
            pull(Workspace(tmp_path), "prometheus", options=options)


@pytest.mark.needs("prometheus", "alertmanager")
def test_alertmanager_and_its_webhook_tell_one_alert(tmp_path):
    """A rule fires; what Alertmanager holds has Prometheus' own fingerprint; when it is gone, that is noticed."""
    folder = tmp_path / "servers"
    folder.mkdir()
    (folder / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n", encoding="utf-8")
    (folder / "rules.yml").write_text(
        "groups: [{name: g, rules: [{alert: AlwaysOn, expr: vector(1), labels: {service: checkout, severity: page}}]}]\n",
        encoding="utf-8",
    )
    port = free_port()
    program = shutil.which("prometheus-alertmanager") or "alertmanager"
    command = [
        program,
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder / 'am'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    config = f"global: {{evaluation_interval: 1s}}\nrule_files: [{folder / 'rules.yml'}]\nalerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]}}\n"
    url = f"http://127.0.0.1:{port}"
    with running(command, f"{url}/-/ready"):
        with prometheus(folder, config, "--rules.alert.resend-delay=1s"):
            for _ in range(100):
                done = pull(Workspace(tmp_path), "alertmanager", options={"url": url})
                if done["accepted"]:
                    break
                time.sleep(0.2)
            held = json.load(urllib.request.urlopen(f"{url}/api/v2/alerts"))
            assert fingerprint_of(held[0]["labels"]) == held[0]["fingerprint"]
            assert pull(Workspace(tmp_path), "alertmanager", options={"url": url})["accepted"] == 0
        ended = [{**{name: held[0][name] for name in ("labels", "startsAt")}, "endsAt": datetime.now(UTC).isoformat()}]
        request = urllib.request.Request(
            f"{url}/api/v2/alerts", json.dumps(ended).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request).close()
        assert pull(Workspace(tmp_path), "alertmanager", options={"url": url})["accepted"] == 1
    statuses = [
        (signal.name, signal.service, signal.severity, signal.status) for signal in Workspace(tmp_path).store.read()
    ]
    assert statuses == [("AlwaysOn", "checkout", "P1", "firing"), ("AlwaysOn", "checkout", "P1", "resolved")]


def test_where_the_server_is_has_to_be_said(tmp_path):
    for source in ("prometheus", "alertmanager"):
        with pytest.raises(BadInput, match="--url"):
            pull(Workspace(tmp_path), source)
