"""What became of every request that reached a service: see `MockService.account`."""

from asyncly.srvmocker._door.account import Account, Refused

__all__ = ("Account", "Refused")
