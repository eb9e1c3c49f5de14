"""The delay model: features, candidates, evaluation, registry, scoring and monitoring; ``ml.train`` runs them."""
