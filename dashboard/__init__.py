"""The status page: what the pipeline has published, as a web page. It only reads."""
