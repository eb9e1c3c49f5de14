"""How the published champion scores beside simpler models, from its model card."""

from insight.published import Published
from ml.registry import store
from portfolio.tables import Table

#: Names of candidates that their identifier does not explain.
NAMES = {
    "climatology": "climatology: origin and hour",
    "hist_gradient_boosting": "gradient boosting",
    "lightgbm": "LightGBM",
}
CHAMPION = " (champion)"
INTERVAL = "its 95 % interval, by day"


def table(published: Published) -> Table:
    """The scores of all candidates on the test, the champion last, with its intervals below; no row without a card."""
    rows = [["model", *store.SCORE_NAMES.values()]]
    version = published.predictions.lineage.get("model_version", "") if published.predictions else ""
    try:
        card = store.card_of(version)
    except store.ArtifactTampered:
        return rows
    champion = card["candidate"]
    for candidate in sorted(card["scores"], key=lambda name: name == champion):
        scores = card["scores"][candidate]["test"]
        name = NAMES.get(candidate, candidate.replace("_", " "))
        rows.append(
            [name + CHAMPION * (candidate == champion), *(f"{scores[score]:.3f}" for score in store.SCORE_NAMES)]
        )
    intervals = card["intervals"][champion]
    return [*rows, [INTERVAL, *("–".join(f"{end:.3f}" for end in intervals[score]) for score in store.SCORE_NAMES)]]
