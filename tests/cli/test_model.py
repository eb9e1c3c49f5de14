"""``ontime model train`` and ``at-departure``; test_store.py tests the commands of the registry."""

import pytest
from typer.testing import CliRunner

import ml.train
from cli.model import app
from ml.evaluation.leak_alarm import LeakSuspected


@pytest.mark.parametrize("command", ["train", "at-departure"])
def test_without_a_warehouse_the_error_is_one_line(data_dir, command):
    refused = CliRunner().invoke(app, [command])
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert refused.stderr.startswith("No warehouse has been published yet: run ")


@pytest.mark.parametrize(("options", "cross_validate"), [([], False), (["--cross-validate"], True)])
def test_train_passes_the_option_on(monkeypatch, options, cross_validate):
    calls: list[bool] = []
    monkeypatch.setattr(ml.train, "train", calls.append)
    assert CliRunner().invoke(app, ["train", *options]).exit_code == 0
    assert calls == [cross_validate]


def test_a_suspected_leak_is_reported_without_a_traceback(monkeypatch):
    def leak(cross_validate: bool) -> None:
        raise LeakSuspected("Test ROC-AUC is too high.")

    monkeypatch.setattr(ml.train, "train", leak)
    refused = CliRunner().invoke(app, ["train"])
    assert (refused.exit_code, refused.stderr) == (1, "Test ROC-AUC is too high.\n")
