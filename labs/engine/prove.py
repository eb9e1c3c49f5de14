"""Proves the labs: the starter fails, the solution passes, and each wrong answer fails with the check it names."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from labs.engine.grading import Grade, grade
from labs.engine.lab import Lab


def prove(lab: Lab) -> Iterator[tuple[str, str]]:
    """Grade all answers that a lab ships. Yields what was graded and what is wrong with it (empty: nothing)."""
    if lab.missing:
        yield "lab", f"skipped: no {lab.missing}"
        return
    untouched = _graded(lab, lab.starter, run_untouched=True)
    yield "starter", "" if untouched.state == "failed" else "it passes without an answer"
    solution = _graded(lab, lab.solution)
    yield "solution", "; ".join([solution.sentence, *problems(solution)]).strip("; ")
    if len(lab.wrong_answers) < 3:
        yield "wrong", "fewer than three wrong answers"
    for name, must_fail in lab.wrong_answers.items():
        wrong = _graded(lab, lab.folder / "wrong" / name, until=must_fail)
        yield f"wrong/{name}", unless_convicted(wrong, must_fail)


def unless_convicted(wrong: Grade, must_fail: str) -> str:
    """Why the grade of a wrong answer proves nothing: another check failed, or all. Empty if the named one failed."""
    if must_fail not in [check.name for check in wrong.checks if check.problem]:
        reasons = "; ".join(problems(wrong)) or wrong.sentence or "nothing failed"
        return f"{must_fail} does not fail ({reasons})"
    return "" if wrong.passed else f"no check holds, as if it could not run at all ({problems(wrong)[0]})"


def _graded(lab: Lab, source: Path, run_untouched: bool = False, until: str = "") -> Grade:
    """The grade of a copy: what runs the checks may not read the solutions' folders."""
    with tempfile.TemporaryDirectory(prefix="ontime-lab-") as folder:
        answer = Path(folder) / "answer"
        shutil.copytree(lab.starter, answer)
        if source.is_dir():
            shutil.copytree(source, answer, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, answer / lab.answer)
        return grade(lab, answer, run_untouched, until)


def problems(result: Grade) -> list[str]:
    """A line for each check that does not hold."""
    return [f"{check.name}: {check.problem}" for check in result.checks if check.problem]
