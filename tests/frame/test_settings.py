"""opsloop.toml: every mistake is named, every default holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop import config
from opsloop.errors import BadInput


def load(text: str, folder: Path) -> config.Settings:
    (folder / config.FILE_NAME).write_text(text, encoding="utf-8")
    return config.load(folder)


def test_a_missing_file_means_every_default(tmp_path: Path) -> None:
    assert config.load(tmp_path) == config.Settings()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    settings = load(
        """
        [detectors.alert_fatigue]
        max_episodes_per_day = 40
        [store]
        seal_after_hours = 6
        [redact]
        hosts = ["corp.example"]
        [[slo]]
        name = "checkout"
        objective = 0.999
        """,
        tmp_path,
    )
    assert settings.detectors["alert_fatigue"]["max_episodes_per_day"] == 40
    assert settings.store.seal_after_hours == 6
    assert settings.redact.hosts == ("corp.example",)
    assert settings.slo == (config.Slo(name="checkout", objective=0.999),)


def test_an_engine_may_be_named_in_one_line(tmp_path: Path) -> None:
    assert load("engine = 'spark://host:7077'", tmp_path).engine == config.Engine(name="spark://host:7077")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[store]\nlake = 3", "lake = 3 should be str"),
        ("[store]\nseal_after_hours = true", "seal_after_hours = True should be int"),
        ("[stoer]\n", "no setting [stoer]"),
        ("engine = 3", "[engine] is a table"),
        ("[engine]\nmemory_mb = 5", "engine.memory_mb 5 is below 128"),
        ("[store]\nfolder = 'x'", "has no key 'folder'"),
        ("store = 1", "[store] is a table"),
        ("detectors = 1", "detectors is a table"),
        ("[hours]\npeak = '18-9'", "hours.peak '18-9'"),
        ("[hours]\ntimezone = 'Mars/Olympus'", "no zone"),
        ("[[slo]]\nname = 'x'\nobjective = 99.9", "not a fraction"),
        ("[[slo]]\nname = 'x'\nobjective = 1", "not a fraction"),
        ("[[slo]]\nname = 'x'", "objective"),
        ("[[slo]]\nname = 'x'\nobjective = 0.99\nsla_objective = 0.99", "not stricter"),
        ("[[slo]]\nname = 'x'\nobjective = 0.99\nwindow_days = 0", "window_days 0"),
        ("a = [", "opsloop.toml"),
    ],
)
def test_a_mistake_is_named(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load(text, tmp_path)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
