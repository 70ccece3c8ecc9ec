"""Batch Norm Lab's model and training logic. Nothing in here knows of Streamlit."""
