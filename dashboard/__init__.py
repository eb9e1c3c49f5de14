"""The dashboard: what the pipeline has published, as Streamlit pages. It only reads."""
