"""`ValidJson`: which draft, which formats, and what is told of a value that is not valid."""

from asyncly.srvmocker._core.matching.schemas import ValidJson, missing_extra


def test_the_draft_is_the_one_that_the_schema_names() -> None:
    # A tuple of schemas was `items` until draft 2019-09, and is `prefixItems` since.
    draft = "http://json-schema.org/draft-07/schema#"
    old = ValidJson({"$schema": draft, "items": [{"type": "integer"}]})
    assert old == [1]
    assert old != ["a"]
    new = ValidJson({"prefixItems": [{"type": "integer"}]})
    assert new == [1]
    assert new != ["a"]


def test_formats_are_checked() -> None:
    assert ValidJson({"format": "date"}) == "2026-01-31"
    assert ValidJson({"format": "date"}) != "2026-02-31"


def test_what_is_not_valid_is_told_with_its_path() -> None:
    schema = ValidJson({"properties": {"a": {"items": {"type": "integer"}}}, "required": ["b"]})
    assert sorted(schema.problems({"a": [1, "x"]})) == [
        ([], '"b" is a required property'),
        (["a", 1], '"x" is not of type "integer"'),
    ]
    assert list(schema.problems({"a": [1], "b": 1})) == []


def test_what_is_no_json_is_not_valid() -> None:
    for value in ({1, 2}, "\ud800"):
        assert ValidJson(True) != value
        assert [path for path, _ in ValidJson(True).problems(value)] == [[]]


def test_a_schema_that_refers_to_itself_is_followed() -> None:
    tree = ValidJson({"properties": {"left": {"$ref": "#"}, "value": {"type": "integer"}}})
    assert tree == {"left": {"left": {"value": 1}}}
    assert tree != {"left": {"left": {"value": "x"}}}


def test_what_is_missing_is_told_with_its_extra() -> None:
    error = missing_extra("some-package", "some", ImportError("no", name="some_package"))
    assert str(error) == "some-package is not installed: pip install 'asyncly[some]'"
    assert error.name == "some_package"
