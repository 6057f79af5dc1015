"""A body written as YAML (the `yaml` extra)."""

from collections.abc import Mapping

from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.serialization.yaml import YamlSerializer
from asyncly.srvmocker.typing import Value

__all__ = ("YamlResponse",)


class YamlResponse(ContentResponse):
    """Answers with a body written as YAML.

    Args:
        body: Plain data.
        status: The status code.
        headers: Header fields; `Content-Type` is `application/yaml` unless given here.

    Raises:
        TypeError: The body cannot be written as YAML. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker.responses.yaml import YamlResponse
        >>> YamlResponse({"ok": True}, status=201)
        <YamlResponse 201 application/yaml, 9 bytes>
    """

    def __init__(
        self,
        body: Value,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(body, status, headers, YamlSerializer)
