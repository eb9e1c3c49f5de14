"""Checks of the incident *A key in the history*: every version of every file that the branch would give away."""

import re

import pytest
import yaml

from incidents.engine.repository import apply_commits, clone, git

CONFIGURATION = ".pre-commit-config.yaml"


def truth(world):
    return {"dataset": "none", "months": ["none"], "rows_affected": 0}


@pytest.fixture(scope="session")
def key(world):
    """The key's identifier and its secret, as the bad commit has added them."""
    text = world.incident.patches[world.incident.bad - 1].read_text("utf-8")
    added = dict(re.findall(r"^\+(\w*key\w*) = (\S+)$", text, re.MULTILINE))
    return added["access_key_id"], added["secret_access_key"]


@pytest.fixture(scope="session")
def as_it_was(world, tmp_path_factory):
    """A repository with the branch as it was, and its commits: the learner may have deleted them for good."""
    code = clone(world.code, tmp_path_factory.mktemp("code") / "code")
    git(code, "switch", "--quiet", "--detach", world.facts.base)
    return code, apply_commits(code, "as-it-was", world.incident.patches)


@pytest.fixture(scope="session")
def branch(world):
    """The commits that the branch has and the code before the incident does not have."""
    return f"{world.facts.base}..HEAD"


def test_history(world, key, branch):
    """No commit of the branch has the key, in no version of no file"""
    found = [
        commit.partition("\n")[0]
        for commit in world.git("log", "-p", "-m", "--format=%x00%h %s%n%b", branch).split("\0")
        if key[1] in commit
    ]
    assert not found, (
        f"whoever clones the branch gets the key with {len(found)} of its commits, the first of them {found[-1]!r}"
    )


def test_work_stays(world, as_it_was):
    """At the tip, all files but the configuration of the hooks are as they were"""
    code, commits = as_it_was
    changed = git(code, "diff", "--name-only", commits[-1], world.git("rev-parse", "HEAD")).splitlines()
    others = [name for name in changed if name != CONFIGURATION and not name.startswith("answers/")]
    assert not others, f"{len(others)} files differ from what the colleagues have built: {', '.join(others[:5])}"


def test_who_built_what(world, as_it_was, branch):
    """The other commits are still there, each with its author and its message"""
    kept = world.git("log", "--format=%an: %s", branch).splitlines()
    code, commits = as_it_was
    others = [commit for number, commit in enumerate(commits, 1) if number != world.incident.bad]
    lost = [line for commit in others if (line := git(code, "log", "-1", "--format=%an: %s", commit)) not in kept]
    assert not lost, f"{len(lost)} of {len(others)} commits are not on the branch any more, among them “{lost[0]}”"


def test_scan(world):
    """The scan for secrets reads every file that it read before the incident"""

    def hook(commit):
        configured = yaml.safe_load(world.git("show", f"{commit}:{CONFIGURATION}"))
        hooks = [one for repository in configured["repos"] for one in repository["hooks"]]
        found = next((one for one in hooks if "detect-secrets" in one["entry"]), None)
        assert found, f"{CONFIGURATION} has no hook with detect-secrets any more"
        return found

    before, now = hook(world.facts.base), hook("HEAD")
    files = {*world.git("ls-files").splitlines(), *world.git("log", "--format=", "--name-only").splitlines()} - {""}
    left_out = [
        name
        for name in sorted(files)
        if re.search(now.get("exclude", "^$"), name) and not re.search(before.get("exclude", "^$"), name)
    ]
    assert not left_out, f"it still leaves out {', '.join(left_out)}: the next key in there goes unnoticed, too"
    differs = [name for name in (*before, *now) if name != "exclude" and before.get(name) != now.get(name)]
    assert not differs, f"the hook differs from the one before the incident: {', '.join(differs)}"


def test_key_id(world, key):
    """The diagnosis names the key by its identifier, and does not spread the secret"""
    assert key[1] not in world.diagnosis_text, (
        "the secret itself stands in your diagnosis: whoever reads it has the key"
    )
    named = world.diagnosis["key_id"]
    assert named == key[0], f"the owner of the account knows no key “{named}”: it is the value beside the secret"


def test_revoke(world):
    """The diagnosis says whether the key must be revoked"""
    assert world.diagnosis["revoke"] is True, (
        "the key has been in a branch that others have read: cleaning the history takes it from nobody who has a copy"
    )
