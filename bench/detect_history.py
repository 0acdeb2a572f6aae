# ruff: noqa: E501, TC003 - SQL is easier to read unbroken
"""A seeded history of ninety days as Parquet files by day, in the lake's schema: alerts, deployments, incidents, samples.

Written by DuckDB from hashes of row numbers, so that the same numbers always make the same rows.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from string import Template

import duckdb

DAYS = 90
FIRST_DAY = date(2026, 2, 1)
START = f"TIMESTAMP '{FIRST_DAY}'"
SEED = 20260201
SERVICES = 300
MONITORS = 3_000
NODES = 600
PART = 1_000_000
"""Rows that are made at a time."""


def write(folder: Path, *, alerts: int, deployments: int, incidents: int, samples: int) -> None:
    """Fill ``folder`` with one file a kind and part."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '800MB'; SET preserve_insertion_order = false")
    connection.execute(_MACROS)
    for name, query, rows in (
        ("alert", _ALERTS, alerts // 2),
        ("deployment", _DEPLOYMENTS, deployments),
        ("incident", _INCIDENTS, incidents // 2),
        ("sample", _SAMPLES, samples),
    ):
        for first in range(0, rows, PART):
            last = min(first + PART, rows)
            path = folder / f"{name}-{first:09d}.parquet"
            filled = Template(query).substitute(first=first, last=last, rows=rows)
            connection.execute(
                f"COPY ({Template(_SHAPE).substitute(query=filled)}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
            )
    connection.close()


def sealed(folder: Path, lake: Path) -> None:
    """The same rows as a lake: one file a day, as a seal writes it."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '800MB'")
        for number in range(DAYS + 1):
            day = FIRST_DAY + timedelta(days=number)
            path = lake / f"day={day}" / f"{day:%Y%m%d}T235959Z-bench-{number:08x}.parquet"
            path.parent.mkdir(parents=True)
            rows = (
                f"FROM '{folder}/*.parquet' WHERE \"at\" >= '{day}' AND \"at\" < DATE '{day}' + 1 ORDER BY \"at\", id"
            )
            connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)")


_MACROS = f"""
CREATE MACRO chance(i, salt) AS (hash(i * 31 + salt + {SEED}) % 1000000) / 1000000.0;
CREATE MACRO moment(i, rows, salt) AS
    {START} + to_microseconds(CAST((i + chance(i, salt)) / rows * {DAYS} * 86400 AS BIGINT) * 1000000);
CREATE MACRO service_of(n) AS 'service-' || chr(97 + CAST(n % 26 AS INT)) || chr(97 + CAST(n // 26 % 26 AS INT));
"""
_SHAPE = """
SELECT id, 'bench' AS source, kind, status, "at", "at" AS received_at, service, 'production' AS environment, name, severity,
    fingerprint, CAST(NULL AS DOUBLE) AS duration_s, value, CAST(NULL AS VARCHAR) AS summary, attrs, 'bench' AS origin
FROM ($query)
"""
_ALERTS = f"""
SELECT 'a' || i || status AS id, 'alert' AS kind, status, "at", service_of(monitor % {SERVICES}) AS service,
    'Monitor' || chr(97 + CAST(monitor % 26 AS INT)) || chr(97 + CAST(monitor // 26 % 26 AS INT)) AS name,
    'P' || (2 + monitor % 3) AS severity, monitor || '/' || CAST(chance(i, 2) * 20 AS INT) AS fingerprint,
    CAST(NULL AS DOUBLE) AS value, MAP {{'team': 'team-' || (monitor % 20)}} AS attrs
FROM (
    SELECT i, monitor, unnest(['firing', 'resolved']) AS status,
        unnest([fired, fired + to_seconds(CAST(60 + chance(i, 3) * 600 AS INT))]) AS "at"
    FROM (SELECT i, CAST({MONITORS} * pow(chance(i, 1), 3) AS INT) AS monitor, moment(i, $rows, 4) AS fired
          FROM range($first, $last) AS t(i))
)
"""
_DEPLOYMENTS = f"""
SELECT 'd' || i AS id, 'deployment' AS kind, CASE WHEN chance(i, 6) < 0.05 THEN 'rolled_back' ELSE 'succeeded' END AS status,
    moment(i, $rows, 5) AS "at", service_of(CAST(chance(i, 7) * {SERVICES} AS INT)) AS service, CAST(NULL AS VARCHAR) AS name,
    CAST(NULL AS VARCHAR) AS severity, 'deploy-' || i AS fingerprint, CAST(NULL AS DOUBLE) AS value,
    CASE WHEN chance(i, 6) < 0.05 THEN MAP {{'rolls_back': 'deploy-' || (i - 1)}} ELSE MAP {{'commits': '3'}} END AS attrs
FROM range($first, $last) AS t(i)
"""
_INCIDENTS = f"""
SELECT 'i' || i || status AS id, 'incident' AS kind, status, "at", service_of(CAST(chance(i, 9) * {SERVICES} AS INT)) AS service,
    'Errors in a part' AS name, 'P' || (1 + i % 4) AS severity, 'incident-' || i AS fingerprint, CAST(NULL AS DOUBLE) AS value,
    MAP {{'pattern_key': 'pattern-' || chr(97 + CAST(i % 20 AS INT)) || CAST(chance(i, 9) * {SERVICES} AS INT)}} AS attrs
FROM (SELECT i, unnest(['started', 'resolved']) AS status, unnest([began, began + to_minutes(90)]) AS "at"
      FROM (SELECT i, moment(i, $rows, 8) AS began FROM range($first, $last) AS t(i)))
"""
_SAMPLES = f"""
SELECT 's' || i AS id, 'sample' AS kind, '-' AS status, moment(i // {NODES}, $rows / {NODES}, 0) AS "at",
    service_of(i % {SERVICES}) AS service, 'cpu' AS name, CAST(NULL AS VARCHAR) AS severity, 'node-' || i % {NODES} AS fingerprint,
    least(1.0, 0.4 + 0.3 * chance(i, 11) + CASE WHEN hash(i % {NODES}, i // {NODES} // 8) % 200 = 0 THEN 0.4 ELSE 0 END) AS value,
    MAP {{'resource': 'node-' || i % {NODES}}} AS attrs
FROM range($first, $last) AS t(i)
"""
