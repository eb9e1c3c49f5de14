"""Models in training: its input, and the files that its steps leave for each other."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from ml import work_folder
from ml.registry import artifacts
from ontime import files, warehouse
from ontime.settings import settings
from tests.faults.fault import Fault, Verdict
from tests.faults.test_models import CONSTANT, cut, ontime_model, write
from tests.ml.conftest import write_warehouse

HEALED, REFUSED = Verdict.HEALED, Verdict.REFUSED

LEFTOVERS = Fault("killed trainings left hidden folders and files", "models/work", HEALED)


def test_leftovers_of_killed_trainings_are_deleted(data_dir):
    work = work_folder.work_dir()
    for folder in (work / ".killed" / "candidates", work / "v" / ".killed"):
        folder.mkdir(parents=True)
    leftovers = [
        work / ".killed" / ".lineage.json.0a",  # a training killed while it wrote into its hidden folder
        work / "v" / ".killed" / ".training.json.0a",
        work / "v" / ".evaluation.json.0a",
        settings.models_dir / ".champion.json.0a",
    ]
    for path in (*leftovers, work / "v" / "kept"):
        path.write_text("")
    work_folder.sweep()
    assert sorted(path.name for path in settings.models_dir.rglob("*")) == ["kept", "v", "work"]


def whole_work_folder() -> work_folder.WorkFolder:
    work = work_folder.WorkFolder("v")
    work.candidates.mkdir(parents=True)
    work.features.write_bytes(b"features")
    files.write_json(work.path / work_folder.LINEAGE_FILE, {"features_sha256": files.file_sha256(work.features)})
    file = artifacts.write_model(CONSTANT, work.candidates, "constant")
    record = {"file": file.name, "sha256": files.file_sha256(file)}
    files.write_json(work.candidates / work_folder.TRAINING_FILE, {"candidates": {"constant": record}})
    for path in (work.evaluation, work.cross_validation):
        files.write_text(path, "{}")
    return work


OUTPUTS = {"candidates", "features.parquet", "lineage.json", "evaluation.json", "cross_validation.json"}
#: What is damaged, how, and which outputs are computed again.
DAMAGED_OUTPUTS: dict[str, tuple[str, Callable[[Path], object], set[str]]] = {
    "the features are changed": ("features.parquet", cut, OUTPUTS),
    "the record of the features is empty": ("lineage.json", partial(write, b""), OUTPUTS),
    "a candidate is cut short": ("candidates/constant.skops", cut, {"candidates", "evaluation.json"}),
    "a record is a list": ("candidates/training.json", partial(write, b"[]"), {"candidates", "evaluation.json"}),
    "the evaluation is cut short": ("evaluation.json", cut, {"evaluation.json"}),
    "the cross-validation is not text": ("cross_validation.json", partial(write, b"\xff"), {"cross_validation.json"}),
}
WORK_FAULTS = [Fault(name, "models/work", HEALED, "was damaged") for name in DAMAGED_OUTPUTS]


@pytest.mark.parametrize("fault", WORK_FAULTS, ids=str)
def test_damaged_outputs_of_an_earlier_training_are_computed_again(data_dir, capsys, fault):
    work = whole_work_folder()
    features_sha256 = files.file_sha256(work.features)
    work.remove_damaged(features_sha256)
    assert {path.name for path in work.path.iterdir()} == OUTPUTS
    file, damage, again = DAMAGED_OUTPUTS[fault.name]
    damage(work.path / file)
    work.remove_damaged(features_sha256)
    assert {path.name for path in work.path.glob("*")} == OUTPUTS - again
    assert fault.message in capsys.readouterr().out


CHANGED_WAREHOUSE = Fault("the published warehouse was changed by hand", "model train", REFUSED, "has been changed")


def test_a_training_refuses_a_changed_warehouse(data_dir):
    flights = pd.DataFrame({"flight_key": ["1"]})
    published = warehouse.publish(warehouse.WAREHOUSE, write_warehouse(flights, settings.warehouse_candidate), {})
    published.path.chmod(0o644)
    with published.path.open("ab") as file:
        file.write(b"\0")
    code, printed = ontime_model("train")
    assert (code, CHANGED_WAREHOUSE.message in printed) == (1, True)
    assert not settings.models_dir.exists()


FAULTS = [LEFTOVERS, *WORK_FAULTS, CHANGED_WAREHOUSE]
