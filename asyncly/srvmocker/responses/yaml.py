"""A body written as YAML (the `yaml` extra)."""

from asyncly.srvmocker.responses.content import FormatResponse
from asyncly.srvmocker.serialization.yaml import YamlSerializer

__all__ = ("YamlResponse",)


class YamlResponse(FormatResponse):
    """Answers with a body written as YAML.

    Args:
        body: Plain data.
        status: The status code.
        headers: Header fields; `Content-Type` is `application/yaml` unless given here.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        TypeError: The body cannot be written as YAML. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker.responses.yaml import YamlResponse
        >>> YamlResponse({"ok": True}, status=201)
        <YamlResponse 201 application/yaml, 9 bytes>
    """

    __format_serializer__ = YamlSerializer
