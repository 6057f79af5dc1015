from collections.abc import Generator
from types import TracebackType

class MultipartError(ValueError): ...

class MultipartSegment:
    headerlist: list[tuple[str, str]]
    name: str | None
    filename: str | None
    content_type: str | None

class PushMultipartParser:
    def __init__(
        self, boundary: str | bytes, *, max_header_size: int = ..., max_header_count: int = ...
    ) -> None: ...
    def __enter__(self) -> PushMultipartParser: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def parse(self, chunk: bytes) -> Generator[MultipartSegment | bytes | bytearray | None]: ...
