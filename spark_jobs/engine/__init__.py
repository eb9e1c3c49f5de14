"""What all cleaning jobs share: reading raw files, rules, time zones, sessions and commits."""
