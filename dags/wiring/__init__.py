"""Parts that the DAG files share: the assets, and the four tasks of every ingest DAG."""
