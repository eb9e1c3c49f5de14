"""What the pipeline has published, as a web page. It only reads."""
