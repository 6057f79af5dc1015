"""Serializers: how a response body becomes bytes. Each format's module needs its own extra."""

__all__ = ()
