"""The servers that are put under load, one process each, steered by `control`."""
