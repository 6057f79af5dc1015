"""A program that plays scenarios: `python -m player`, with this folder's parent on the path."""
