"""asyncly: a typed, fast HTTP mock server and forwarding mock proxy for tests.

What a test uses stands in `asyncly.srvmocker`; importing this package alone imports nothing else.
"""

__all__ = ("__version__",)

__version__ = "0.8.0"
"""The version of the installed package."""
