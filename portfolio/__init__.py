"""The static site: pages that show what the pipeline published, with the SQL behind every figure."""
