"""`YamlSerializer`."""

import pytest
import yaml

from asyncly.srvmocker.serialization.yaml import YamlSerializer


def test_it_writes_yaml() -> None:
    assert YamlSerializer.content_type == "application/yaml"
    assert YamlSerializer.dumps({"ok": True}) == "ok: true\n"
    body = {"a": [1, 2.5, None, "é", "yes", {"b": [0]}]}
    content = YamlSerializer.dumps(body)
    assert isinstance(content, str)
    assert yaml.safe_load(content) == body


@pytest.mark.parametrize("body", [object(), {"a": 1j}, [Exception]])
def test_it_refuses_what_yaml_would_have_to_name_a_class_for(body: object) -> None:
    with pytest.raises(yaml.YAMLError, match="cannot represent an object"):
        YamlSerializer.dumps(body)
