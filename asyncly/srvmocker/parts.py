"""The parts of a `multipart/form-data` body: see `RecordedRequest.parts`."""

from asyncly.srvmocker._core.content import ReceivedPart

__all__ = ("ReceivedPart",)
