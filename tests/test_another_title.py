"""Another title, owner or lead dataset decides nothing about the data."""

from ml.registry.version import code_sha256
from ontime import project, warehouse
from ontime.project import Project
from spark_jobs.engine.job import Job


def decisions() -> list[str]:
    """What decides whether a dataset is cleaned, the warehouse built and the model trained again."""
    return [Job.of("airlines").sha256, warehouse.inputs_digest(), code_sha256()]


def test_another_title_cleans_builds_and_trains_nothing_again(data_dir, tmp_path, monkeypatch):
    before = decisions()
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    project.write(Project(title="Rain", owner="Jane Doe", repository="jane/rain", lead_dataset="weather"))
    assert project.read().title == "Rain"
    assert decisions() == before
