"""What the DAG files are wired from: assets, and the four tasks of every ingest DAG."""
