"""What a model sees of a flight: declared in `catalog`, computed in `lookups`, put together in `build`."""
