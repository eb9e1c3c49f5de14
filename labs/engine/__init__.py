"""What grades labs: descriptions, data, the guarded run of the checks, progress, and the proof of the labs themselves."""
