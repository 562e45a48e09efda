"""The Streamlit entrypoint and its settings."""
