"""The published package and this one, playing the same scenarios side by side."""
