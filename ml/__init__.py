"""The delay model: features, candidates, assessment, registry, promotion, scoring; `train` runs them."""
