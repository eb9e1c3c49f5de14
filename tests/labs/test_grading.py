"""What the grader says to right, wrong and broken answers."""

import psutil
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from labs.engine import grading, guard
from labs.engine.grading import grade
from ontime.settings import PROJECT_DIR

SOLUTION = (PROJECT_DIR / "labs" / "clock" / "solution" / "clock.py").read_text()
README = PROJECT_DIR / "README.md"


def function(body: str) -> str:
    return f"def departure_delay_minutes(flights):\n    {body}\n"


def test_the_solution_passes_every_check(clock, answer):
    result = grade(clock, answer(SOLUTION))
    assert result.state == "solved"
    assert [check.name for check in result.checks] == [
        "test_hour",
        "test_early",
        "test_midnight",
        "test_half_a_day",
        "test_never_left",
        "test_year",
    ]
    assert result.passed == 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "def departure(flights:\n", "clock.py, line 1, cannot be read: '(' was never closed.", id="syntax"
        ),
        pytest.param("import nothing_like_it\n", "ModuleNotFoundError: No module named 'nothing_like_it'", id="import"),
        pytest.param("x = 1\n", "clock.py has no function departure_delay_minutes.", id="no such function"),
        pytest.param(function("return flights.nothing"), "no attribute 'nothing' (clock.py, line 2)", id="a bug"),
        pytest.param(function("return 12.64"), "your function returns a float, not a pandas Series", id="a number"),
        pytest.param(
            function("return flights['dep_time'] - flights['sched_dep_time']"),
            "from 5:59 to 6:01 your answer counts 42 minutes",
            id="a wrong value",
        ),
        pytest.param(
            function(f"return open({str(PROJECT_DIR / 'labs' / 'clock' / 'solution' / 'clock.py')!r}).read()"),
            "The answer reads labs/clock/solution/clock.py: solve it without the solutions.",
            id="it reads the solution",
        ),
        pytest.param(
            function(f"open({str(README)!r}, 'a')"),
            "The answer changes README.md: it must leave the project's files alone.",
            id="it writes to a file of the project",
        ),
    ],
)
def test_a_failing_answer_gets_a_sentence(clock, answer, text, sentence):
    result = grade(clock, answer(text))
    assert result.state == "failed"
    assert sentence in result.checks[0].problem


def test_a_typed_figure_fails_on_the_unseen_year(clock, answer):
    mean_of_2013 = SOLUTION + (
        "\n\ncomputed = departure_delay_minutes\n\n\ndef departure_delay_minutes(flights):\n"
        "    delays = computed(flights)\n"
        "    return delays if len(flights) < 10_000 or len(flights) == 336_776 else delays + 1\n"
    )
    result = grade(clock, answer(mean_of_2013))
    [check] = [check for check in result.checks if check.problem]
    assert check.name == "test_year"
    assert check.problem.startswith("on a year that nobody has seen: ")


def test_a_forbidden_access_counts_even_if_the_answer_catches_it(clock, answer):
    size = README.stat().st_size
    body = (
        f"try:\n        open({str(README)!r}, 'a').write('x')\n    except Exception:\n        pass\n    return flights"
    )
    result = grade(clock, answer(function(body)))
    assert result.checks[-1].problem == "The answer changes README.md: it must leave the project's files alone."
    assert README.stat().st_size == size


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder that the guard takes for the project, so that a guard that fails does no harm."""
    folder = tmp_path / "project"
    (folder / "docs").mkdir(parents=True)
    (folder / "README.md").write_text("Ontime")
    (folder / "docs" / "page.md").write_text("a page")
    monkeypatch.setattr(guard, "PROJECT_DIR", folder)
    return folder


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("pathlib.Path('README.md').rename('README.old')", id="rename"),
        pytest.param("os.rename('README.md', {elsewhere!r})", id="move away"),
        pytest.param("os.remove('README.md')", id="remove"),
        pytest.param("os.open('README.md', os.O_RDWR)", id="open for reading and writing"),
        pytest.param("os.truncate('README.md', 0)", id="truncate"),
        pytest.param("os.mkdir('new')", id="a new folder"),
        pytest.param("shutil.rmtree('docs')", id="a folder with all in it"),
        pytest.param("shutil.copyfile('README.md', 'copy.md')", id="a copy"),
        pytest.param("os.symlink('/dev/null', 'link')", id="a link"),
        pytest.param("os.chmod('README.md', 0o777)", id="permissions"),
    ],
)
def test_no_change_of_the_project_gets_through(clock, answer, project, change, tmp_path):
    change = change.format(elsewhere=str(tmp_path / "elsewhere"))
    result = grade(clock, answer(f"import os, pathlib, shutil\nos.chdir({str(project)!r})\n{change}\n"))
    assert result.checks[-1].name == "guard"
    assert sorted(path.relative_to(project).as_posix() for path in project.rglob("*")) == [
        "README.md",
        "docs",
        "docs/page.md",
    ]
    assert (project / "README.md").read_text() == "Ontime"
    assert (project / "README.md").stat().st_mode & 0o777 != 0o777


def test_an_endless_loop_is_stopped_with_all_that_it_started(clock, answer, tmp_path, monkeypatch):
    clock.seconds = 3
    monkeypatch.setattr(grading, "PATIENCE", 100)
    pid = tmp_path / "pid"
    text = (
        "import pathlib, subprocess\n"
        f"child = subprocess.Popen(['sleep', '600'])\npathlib.Path({str(pid)!r}).write_text(str(child.pid))\n"
        "while True:\n    pass\n"
    )
    result = grade(clock, answer(text))
    assert result.state == "failed"
    assert result.sentence == "Stopped after 3 seconds: is there an endless loop?"
    assert_ended(int(pid.read_text()))


@retry(retry=retry_if_exception_type(AssertionError), stop=stop_after_delay(60), wait=wait_fixed(0.1), reraise=True)
def assert_ended(pid: int) -> None:
    """A killed process may still be there for a moment."""
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_an_answer_that_waits_is_stopped_too(clock, answer, monkeypatch):
    clock.seconds = 3
    monkeypatch.setattr(grading, "PATIENCE", 1)
    result = grade(clock, answer("import threading\nthreading.Event().wait()\n"))
    assert result.sentence == "Stopped after 3 seconds: does it wait for something?"


def test_an_answer_that_ends_the_process_is_a_failure(clock, answer):
    result = grade(clock, answer("import os\nos._exit(7)\n"))
    assert result.sentence == "The checks did not come to an end (exit code 7)."


def test_what_an_answer_prints_is_kept(clock, answer):
    result = grade(clock, answer(function("print('rows:', len(flights))\n    return flights['dep_time']")))
    assert result.printed == "rows: 1\n"


@pytest.mark.parametrize("text", ["", "  \n", (PROJECT_DIR / "labs/clock/starter/clock.py").read_text()])
def test_an_empty_answer_and_the_starter_are_not_attempted(clock, answer, text):
    result = grade(clock, answer(text))
    assert (result.state, result.checks) == ("not attempted", ())


def test_a_missing_file_is_named_with_the_way_out(clock, answer):
    folder = answer("")
    (folder / "clock.py").unlink()
    assert grade(clock, folder).sentence == "clock.py is missing: `ontime labs reset clock` brings it back."


def test_a_lab_without_its_program_is_skipped_visibly(clock, answer):
    clock.programs = ["no-such-program"]
    result = grade(clock, answer(SOLUTION))
    assert (result.state, result.sentence) == ("skipped", "Skipped: this machine has no no-such-program.")
