"""What grades labs: their descriptions, the data, the guarded run of the checks, progress, and the labs' own proof."""
