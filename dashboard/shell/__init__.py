"""The script that Streamlit runs, with its settings.

It is not beside ``pages/``: Streamlit would make a navigation of its own from a folder of that name.
"""
