"""The proof that dbt has built a candidate completely, from the inputs that were prepared for it.

``prepare`` gives each candidate an id, which dbt's hooks (``dbt_project/macros/proof_of_build.sql``) copy into the
candidate with the status of every node. The proof is incomplete if the candidate was never built, if its build failed
or was killed, and if only some models were built afterwards. A candidate that starts as a copy of the published version
has the id of that version's build until dbt builds it.
"""

import uuid
from pathlib import Path

import duckdb

from ontime.settings import settings

#: The statuses of a node that count as success. A test with severity `warn` may warn.
DONE = ("success", "pass", "warn")


def new_build_id(changes_dir: Path) -> str:
    """Make an id for the candidate, write it to ``changes_dir/build_id.txt``, where dbt reads it, and return it."""
    build_id = uuid.uuid4().hex
    (changes_dir / "build_id.txt").write_text(build_id)
    return build_id


def missing(candidate: Path, build_id: str) -> str:
    """What the proof of a candidate lacks, as the end of a sentence; empty if the proof is complete.

    Raises ``duckdb.Error`` if the file cannot be read.
    """
    with duckdb.connect(str(candidate), read_only=True, config=settings.duckdb_config) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'proof'").fetchall()
        if ("build",) not in tables or connection.execute("SELECT build_id FROM proof.build").fetchall() != [
            (build_id,)
        ]:
            return "dbt has not built it since it was prepared"
        if ("nodes",) not in tables:
            return "its last build did not end: it was killed or is still running"
        nodes = connection.execute("SELECT node, status FROM proof.nodes ORDER BY rowid").fetchall()
    undone = [f"{node} ({status})" for node, status in nodes if status not in DONE]
    if undone or not nodes:
        return f"{len(undone)} of {len(nodes)} nodes did not succeed in its last build: {', '.join(undone[:3])}"
    return ""
