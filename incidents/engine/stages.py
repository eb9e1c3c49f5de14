"""The stages that every incident is graded in, as checks. Those of the incident's own ``check.py`` follow the chain."""

from pathlib import Path

import duckdb

from incidents.engine.world import World

#: Where a mart has the month of a row.
MONTH_COLUMNS = ("month_start_date", "flight_date", "date_day", "observed_at", "month")


def test_committed(world: World) -> None:
    """All changes are committed"""
    assert not world.uncommitted, f"graded is what you have committed; these files are not: {world.uncommitted}"


def test_dags(world: World) -> None:
    """Airflow can read the DAGs"""
    assert not world.seen.dag_problems, "; ".join(world.seen.dag_problems)


def test_protected(world: World) -> None:
    """Gates, graders and the publisher's files are as they were before the incident"""
    changed = world.git("diff", "--name-only", world.facts.base, "HEAD", "--", *world.incident.protected).splitlines()
    assert not changed, f"{', '.join(changed)} differ from before the incident: put them back, as a gate must hold"
    now = world.publisher_digests()
    files = [name for name, digest in world.facts.publisher.items() if now.get(name) != digest]
    assert not files, f"{', '.join(files)} of the publisher have been changed: you cannot do that to a publisher"


def test_contained(world: World) -> None:
    """Readers were led back to a right version before the repair"""
    assert world.facts.faulty in world.rolled_back, (
        f"readers saw {world.facts.faulty} until a repaired version replaced it: roll back first, then repair"
    )


def test_chain(world: World) -> None:
    """The chain runs with the committed code"""
    assert not world.seen.chain.code, world.seen.chain.sentence


def test_other_months(world: World, truth: dict) -> None:
    """Months that are not concerned are published as before, to the bit"""
    if not world.healthy.exists():
        return
    months = [month for month in world.incident.months if month not in truth["months"]]
    different = []
    for table, column in _monthly_tables(world):
        before, after = (_by_month(world, table, column, file) for file in (world.healthy, world.published))
        different += [f"{table} {month}" for month in months if before.get(month) != after.get(month)]
    assert not different, f"{', '.join(different[:6])} differ from the version before the incident"


def test_again(world: World) -> None:
    """Run again, nothing changes: what is published was made by the committed code"""
    files = world.seen.changed
    shown = ", ".join(files[:3]) + (f" and {len(files) - 3} more files" if len(files) > 3 else "")
    assert not files, (
        f"a run of the chain has changed {shown}: run it yourself after your last commit (`ontime incident run`)"
    )


def test_commit(world: World) -> None:
    """Diagnosis: the first bad commit"""
    bad, given = world.incident.bad, str(_field(world, "first_bad_commit")).lower()
    if not bad:
        assert given == "none", f"{given} is not to blame: is one of the commits bad at all?"
        return
    assert len(given) >= 7, f"write at least seven characters of the commit's name, not “{given}”"
    named = [name for name in world.facts.commits if name.startswith(given)]
    assert named, f"no commit of the branch begins with {given}"
    assert named == [world.facts.commits[bad - 1]], f"{given} is not the first commit with the fault"


def test_dataset(world: World, truth: dict) -> None:
    """Diagnosis: the dataset concerned"""
    given = _field(world, "dataset")
    assert given == truth["dataset"], f"“{given}” is not the dataset whose rows are concerned"


def test_months(world: World, truth: dict) -> None:
    """Diagnosis: its months"""
    given = _field(world, "months")
    assert isinstance(given, list), f'write a list, such as ["2013-01"], not “{given}”'
    too_many, missing = sorted({*given} - {*truth["months"]}), sorted({*truth["months"]} - {*given})
    assert not too_many, f"{', '.join(map(str, too_many))}: not concerned"
    assert not missing, f"{len(missing)} more months are concerned"


def test_rows(world: World, truth: dict) -> None:
    """Diagnosis: how many rows are affected"""
    given = _field(world, "rows_affected")
    assert isinstance(given, int) and not isinstance(given, bool), f"write a whole number, not “{given}”"
    assert given == truth["rows_affected"], f"{given:,} is {_size(given, truth['rows_affected'])}"


def test_cause(world: World) -> None:
    """Diagnosis: the cause"""
    given = _field(world, "cause")
    assert given in world.incident.causes, f"“{given}” is none of {', '.join(world.incident.causes)}"
    assert given == world.incident.cause, f"{given} does not explain what one sees"


def _field(world: World, name: str) -> object:
    value = world.diagnosis.get(name, "")
    assert value not in ("", []), f"{name} is not filled in"
    return value


def _size(given: int, right: int) -> str:
    """How far a number is from the right one, without telling it."""
    if not given or not right or (given < 0) != (right < 0):
        return "not the number"
    times = max(given, right) / min(given, right)
    if times < 1.5:
        return "nearly right, but not exact: which rows do you count that are not concerned, or the other way round?"
    return f"{'more' if given > right else 'less'} than the number, about {times:,.0f} times"


def _monthly_tables(world: World) -> list[tuple[str, str]]:
    """The marts that have a month, with its column, in the version before the incident."""
    rows = world.query(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts' order by 1",
        world.healthy,
    )
    columns: dict[str, set[str]] = {}
    for table, column in rows:
        columns.setdefault(table, set()).add(column)
    found = [(table, next((name for name in MONTH_COLUMNS if name in names), "")) for table, names in columns.items()]
    return [(table, column) for table, column in found if column]


def _by_month(world: World, table: str, column: str, file: Path) -> dict[str, tuple]:
    """Number and digest of a mart's rows by month; empty if the mart does not exist."""
    try:
        counted = f"strftime({column}, '%Y-%m'), count(*), bit_xor(hash(rows))"
        rows = world.query(f"select {counted} from marts.{table} as rows group by all", file)  # noqa: S608
    except duckdb.CatalogException:
        return {}
    return {month: tuple(values) for month, *values in rows}
