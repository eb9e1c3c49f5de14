"""``models/champion.json``: which version is the champion, and every version that was promoted before.

This file alone decides which version is the champion. It is small, so a change of the champion is one atomic write.

======================  ================================================================
``version``             the champion
``card_sha256``         digest of its ``model_card.json``, which has those of all its files
``promotions``          of each promoted version: ``number`` (counted from 1, so their order does
                        not depend on a clock), ``promoted_at`` (UTC), ``reason`` and
                        ``rolled_back_at`` (UTC; empty if nobody rolled back from the version)
======================  ================================================================
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from ml.registry.artifacts import ArtifactTampered
from ontime import files
from ontime.settings import settings


@dataclass(frozen=True)
class Promotion:
    """When and why a version became champion, and when somebody rolled back from it."""

    number: int
    promoted_at: str
    reason: str
    rolled_back_at: str = ""


@dataclass(frozen=True)
class Champion:
    """The content of ``champion.json``."""

    version: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    card_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    promotions: Mapping[str, Promotion] = field(default_factory=dict)

    def before(self) -> str | None:
        """The last version promoted before the champion, without versions that were rolled back from; or None."""
        return next(iter(self.line()[1:]), None)

    def line(self) -> list[str]:
        """The champion and those promoted before it, newest first, without versions that were rolled back from."""
        now = self.promotions.get(self.version)
        earlier = {
            promotion.number: version
            for version, promotion in self.promotions.items()
            if now and promotion.number < now.number and not promotion.rolled_back_at
        }
        return [self.version, *(earlier[number] for number in sorted(earlier, reverse=True))]


def promoted(now: Champion | None, version: str, card_sha256: str, reason: str) -> Champion:
    """The record after the promotion of ``version``. ``now``: the record before it, or None."""
    promotions = (
        dict(now.promotions or {now.version: Promotion(0, "", "before promotions were counted")}) if now else {}
    )
    number = max((promotion.number for promotion in promotions.values()), default=0) + 1
    return Champion(version, card_sha256, promotions | {version: Promotion(number, files.now(), reason)})


def rolled_back(now: Champion, version: str, card_sha256: str) -> Champion:
    """The record after a rollback to ``version``, which keeps its promotion, or gets one if it was never promoted."""
    promotions = dict(now.promotions)
    if now.version in promotions:
        promotions[now.version] = replace(promotions[now.version], rolled_back_at=files.now())
    if version not in promotions:
        return promoted(replace(now, promotions=promotions), version, card_sha256, "by hand")
    promotions[version] = replace(promotions[version], rolled_back_at="")
    return Champion(version, card_sha256, promotions)


def read() -> Champion | None:
    """The record, or None before the first promotion. Raises :class:`ArtifactTampered` if the file is damaged."""
    try:
        return TypeAdapter(Champion).validate_json(path().read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as problem:
        raise ArtifactTampered(
            f"{path()} is empty or damaged. `ontime model train` restores it from MLflow's database; else choose a "
            "version: `ontime model history`, then `ontime model promote VERSION`."
        ) from problem


def write(champion: Champion) -> None:
    """Replace the record atomically."""
    files.write_json(path(), asdict(champion))


def state() -> str:
    """A digest of the record, which changes with every promotion and rollback; empty before the first promotion."""
    return files.file_sha256(path()) if path().exists() else ""


def path() -> Path:
    """The path of ``champion.json``."""
    return settings.models_dir / "champion.json"
