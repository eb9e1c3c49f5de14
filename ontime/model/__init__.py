"""The delay model: features, candidates, evaluation, registry, promotion, scoring; `train` runs them."""
