"""Running suites: the gate itself, the frames it checks, the text of a failure, and the pages of results."""
