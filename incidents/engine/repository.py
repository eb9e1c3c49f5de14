"""Copies of the code under version control, and the commits of an incident in them."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ontime.settings import PROJECT_DIR, settings

#: Who commits in a copy. Hooks and signatures of the learner's own git stay out of it.
AS_SOMEBODY = (
    *("-c", "user.name=Ontime", "-c", "user.email=ontime@example.org", "-c", "commit.gpgsign=false"),
    *("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"),
)


class GitFailed(RuntimeError):
    """A git command failed. The message says which, and what it printed."""


def git(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    """The output of a git command in a folder. Raises :class:`GitFailed`."""
    # Variables such as GIT_DIR, which git sets for its hooks, would lead to another repository.
    environment = {name: value for name, value in settings.environment_with({}).items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *AS_SOMEBODY, *arguments], cwd=folder, env=environment, input=stdin, capture_output=True, text=True
    )
    if done.returncode:
        raise GitFailed(f"`git {' '.join(arguments)}` failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout.rstrip("\n")


def copy_of_the_code(folder: Path) -> Path:
    """A repository with one commit, which has the files of this checkout as they are now."""
    listed = git(PROJECT_DIR, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source, target = PROJECT_DIR / name, folder / name
        if not name.startswith("answers/") and (source.is_file() or source.is_symlink()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=The code before the incident")
    return folder


def clone(source: Path, folder: Path, branch: str = "") -> Path:
    """A clone with what the source has committed."""
    options = ["--branch", branch] if branch else []
    git(source, "clone", "--quiet", "--shared", *options, str(source), str(folder))
    return folder


def apply_commits(folder: Path, branch: str, patches: Sequence[Path]) -> list[str]:
    """Make a branch with the commits of these patches. Returns their names. Raises :class:`GitFailed`."""
    git(folder, "switch", "--quiet", "--create", branch)
    base = git(folder, "rev-parse", "HEAD")
    paths = [str(path) for path in patches]
    git(folder, "am", "--quiet", "--3way", "--committer-date-is-author-date", *paths)
    return git(folder, "rev-list", "--reverse", f"{base}..HEAD").split()


def apply_patch(folder: Path, patch: str) -> None:
    """Commit a patch. Raises :class:`GitFailed`."""
    git(folder, "update-index", "-q", "--refresh")  # after a copy of the folder, the times of its files differ
    git(folder, "apply", "--index", "-", stdin=patch)
    git(folder, "commit", "--quiet", "--message=Repair")
