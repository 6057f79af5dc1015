"""When a `Match` holds: JSON by Python's equality, bytes, headers, query."""

from tests.differential.script import (
    Scenario,
    Step,
    Wire,
    called,
    check,
    chunked,
    get,
    octets,
    post,
    replies,
    route,
    special,
    stream,
)


def matching(name: str, match: dict[str, Wire], steps: list[Step], *asserts: Step) -> Scenario:
    """One predicate in front of a fallback; the same predicate is asserted afterwards."""
    return Scenario(
        f"matching/{name}",
        [route("POST", "/x", "hit", **match), route("POST", "/x", "miss")],
        [
            *replies("hit", "miss"),
            *steps,
            called("hit", match),
            called("miss", match),
            check("assert_called", "hit", times=1),
            *asserts,
        ],
    )


def json_case(name: str, expected: Wire, *bodies: str) -> Scenario:
    """One expected JSON value, and bodies of which some parse to it."""
    return matching(f"json-{name}", {"json": expected}, [post("/x", body) for body in bodies])


def encoded(body: str, encoding: str) -> str:
    """The body's bytes in this encoding, as latin-1 text."""
    return body.encode(encoding).decode("latin-1")


def query_case(name: str, expected: dict[str, Wire], *queries: str) -> Scenario:
    """Expected query values, and query strings of which some hold them."""
    return matching(f"query-{name}", {"query": expected}, [post("/x" + each) for each in queries])


def header_case(name: str, expected: dict[str, Wire], *headers: list[str]) -> Scenario:
    """Expected headers, and header lines of which some hold them."""
    return matching(
        f"headers-{name}", {"headers": expected}, [post("/x", "", *each) for each in headers]
    )


UMLAUT = '{"ü": "ö€😀"}'

CASES = [
    json_case(
        "object",
        {"a": 1, "b": [1, 2]},
        '{"a":1,"b":[1,2]}',
        '{"b": [1, 2], "a": 1}',
        '{"a":1}',
        '{"a":1,"b":[2,1]}',
        '{"a":1,"b":[1,2],"c":3}',
    ),
    json_case("one", 1, "1", "1.0", "true", "1e0", "10e-1", "01", "+1", '"1"', " 1 ", "1.", "[1]"),
    json_case("one-float", 1.0, "1", "1.0", "true", "1.00000000000000000001", "1.0000000000000002"),
    json_case("true", True, "true", "1", "1.0", "True", '"true"', "false", "-1"),
    json_case("false", False, "false", "0", "0.0", "-0", "-0.0", "null", '""', "[]"),
    json_case(
        "zero-nested", {"a": [0]}, '{"a":[false]}', '{"a":[0.0]}', '{"a":[-0.0]}', '{"a":[null]}'
    ),
    json_case("true-as-key-no", {"1": True}, '{"1":1}', '{"1":true}', "{1:true}", '{"true":1}'),
    json_case("null-is-not-given", None, "null", "1", ""),
    json_case("null-nested", {"a": None}, '{"a":null}', "{}", '{"a":false}'),
    json_case("null-in-list", [None], "[null]", "[]", "[0]"),
    json_case("empty-object", {}, "{}", " {}\n", "[]", "", "null", "0", '{"a":1}'),
    json_case("empty-list", [], "[]", "[ ]", "{}", "", "[[]]"),
    json_case("empty-text", "", '""', "", "''", "null"),
    json_case(
        "big-int", 2**64 + 1, str(2**64 + 1), str(2**64), f"{2**64 + 1}.0", "18446744073709551617e0"
    ),
    json_case(
        "big-int-exact", 2**53 + 1, str(2**53 + 1), str(2**53), f"{2**53}.0", f"{2**53 + 1}.0"
    ),
    json_case("big-int-negative", -(2**63) - 1, str(-(2**63) - 1), str(-(2**63))),
    json_case("huge-int", 10**400, "1" + "0" * 400, "1e400", "Infinity"),
    json_case("float-of-huge-int", float(10**22), "1" + "0" * 22, "1e22", "1E+22"),
    json_case(
        "float-digits",
        0.1,
        "0.1",
        "0.10",
        "1e-1",
        "0.1000000000000000055511151231257827",
        "0.10000000000000002",
    ),
    json_case("float-underflow", 0.0, "1e-400", "0e999", "5e-324"),
    json_case("nan", float("nan"), "NaN", "nan", "null", '"NaN"'),
    json_case("nan-nested", [special("nan")], "[NaN]", "[null]"),
    json_case("nan-of-the-json-module", [float("nan")], "[NaN]", "[null]"),
    json_case("infinity", float("inf"), "Infinity", "1e999", "-Infinity", "inf"),
    json_case("minus-infinity", float("-inf"), "-Infinity", "-1e999", "- Infinity"),
    json_case("nan-in-other", {"a": 1}, '{"a":1,"b":NaN}', '{"a":NaN}', '{"a":NaN,"a":1}'),
    json_case(
        "duplicate-keys",
        {"a": 2},
        '{"a":1,"a":2}',
        '{"a":2,"a":1}',
        '{"a":2,"a":2}',
        '{"a":{"b":1},"a":2}',
    ),
    json_case("duplicate-nested", {"a": {"b": 1}}, '{"a":{"b":2,"b":1}}', '{"a":{"b":1},"a":{}}'),
    json_case(
        "escapes",
        "é/\n",
        '"\\u00e9/\\n"',
        encoded('"é/\\n"', "utf-8"),
        encoded('"é\\/\\n"', "utf-8"),
        '"\\u00E9\\u002f\\u000a"',
    ),
    json_case(
        "escaped-key", {"é": 1}, '{"\\u00e9":1}', encoded('{"é":1}', "utf-8"), '{"e\\u0301":1}'
    ),
    json_case(
        "surrogate-pair",
        "😀",
        '"\\ud83d\\ude00"',
        encoded('"😀"', "utf-8"),
        '"\\ud83d"',
        '"\\ude00\\ud83d"',
    ),
    json_case(
        "lone-surrogate", "\ud83d", '"\\ud83d"', '"\\uD83D"', '"\\ud83d\\ude00"', '"\xed\xa0\xbd"'
    ),
    json_case("null-character", "a\0b", '"a\\u0000b"', '"a\0b"'),
    json_case("control-character", "a\nb", '"a\nb"', '"a\\nb"', '"a\\u000Ab"'),
    json_case("del-character", "\x7f", '"\x7f"', '"\\u007f"'),
    json_case(
        "utf-16",
        {"ü": "ö€😀"},
        encoded(UMLAUT, "utf-8"),
        encoded(UMLAUT, "utf-16"),
        encoded(UMLAUT, "utf-16-le"),
        encoded(UMLAUT, "utf-16-be"),
    ),
    json_case(
        "utf-32",
        {"ü": "ö€😀"},
        encoded(UMLAUT, "utf-32"),
        encoded(UMLAUT, "utf-32-le"),
        encoded(UMLAUT, "utf-32-be"),
    ),
    json_case(
        "utf-8-bom",
        {"ü": "ö€😀"},
        encoded(UMLAUT, "utf-8-sig"),
        encoded("\ufeff" + UMLAUT, "utf-8-sig"),
        encoded("\ufeff" + UMLAUT, "utf-16"),
    ),
    json_case(
        "utf-16-tiny",
        1,
        encoded("1", "utf-16-le"),
        encoded("1", "utf-16-be"),
        encoded("1", "utf-16"),
        encoded("1", "utf-32-le"),
        "1\0",
        "\0" + "1",
        "1\0\0",
        "\0\0\0" + "1",
    ),
    json_case("bom-only", "", "\xef\xbb\xbf", "\xff\xfe", "\xfe\xff", '\xef\xbb\xbf""'),
    json_case("undecodable-latin-1", "ü", encoded('"ü"', "latin-1"), encoded('"ü"', "utf-8")),
    json_case("undecodable", 1, "\xff", "\x80", "1\xff", '"\xc3"', "\xed\xa0\xbd", "1"),
    json_case("undecodable-utf-16", 1, "\xff\xfe1", "\xff\xfe\x00\xd8", "\x00\xd8"),
    json_case("undecodable-digits", 1, "1" * 4301, "1" * 4300, "[" + "9" * 5000 + "]", "1"),
    json_case(
        "undecodable-depth",
        1,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        "1",
    ),
    json_case("deep-enough", special("deep", "200"), "[" * 201 + "]" * 201, "[" * 200 + "]" * 200),
    json_case(
        "trailing",
        {"a": 1},
        '{"a":1}\n',
        '{"a":1} x',
        '{"a":1}{"a":1}',
        '{"a":1},',
        '\x0b{"a":1}',
        '\t\r\n {"a":1}',
        '{"a":1}\0',
    ),
    json_case(
        "not-json",
        1,
        "{",
        "{'a':1}",
        "[1,]",
        '{"a":1,}',
        "// 1",
        "1 // one",
        "0x1",
        ".5",
        "-",
        "--1",
        "tru",
        "undefined",
        "\\u0031",
    ),
    json_case("white-space", [1, 2], "[1,2]", "[ 1 , 2 ]", "[1,\n2]", "\n[1,2]", "[1,\x0c2]"),
    json_case("text", "abc", '"abc"', "abc", '"ABC"', '"abc" ', "'abc'", '"\\u0061bc"'),
    json_case("text-number", "1", '"1"', "1", '"1.0"', '"\\u0031"'),
    json_case(
        "key-order",
        {"z": 1, "a": {"y": 2, "b": 3}},
        '{"a":{"b":3,"y":2},"z":1}',
        '{"z":1,"a":{"y":2,"b":3}}',
    ),
    json_case("list-order", [1, 2, 3], "[1,2,3]", "[3,2,1]", "[1,2]", "[1,2,3,4]"),
    json_case(
        "mixed-list",
        [1, "1", None, True, {}],
        '[1,"1",null,true,{}]',
        '[true,"1",null,1,{}]',
        "[1,1,null,true,{}]",
    ),
    json_case("tuple", special("tuple", [1, 2]), "[1,2]", "[1, 2]"),
    json_case("tuple-nested", {"a": special("tuple", [1])}, '{"a":[1]}'),
    json_case("decimal", special("decimal", "1.50"), "1.5", "1.50", "15e-1", '"1.50"'),
    json_case(
        "decimal-int",
        special("decimal", "10000000000000000000001"),
        "10000000000000000000001",
        "1e22",
    ),
    json_case("complex", special("complex", "1+0j"), "1", "1.0", "true", "2"),
    json_case("bytes", octets("abc"), '"abc"', "abc"),
    json_case("set", special("set", [1, 2]), "[1,2]"),
    json_case("date", special("date", "2020-01-02"), '"2020-01-02"'),
    json_case("anything", special("anything"), "1", "null", "", "{", "[1]"),
    json_case(
        "anything-nested",
        {"id": special("anything"), "n": 1},
        '{"id":7,"n":1}',
        '{"id":null,"n":1}',
        '{"n":1}',
        '{"id":7,"n":2}',
    ),
    json_case("anything-in-list", [special("anything"), 2], "[1,2]", "[null,2]", "[2]", "[1,2,3]"),
    json_case("nothing", special("nothing"), "1", "null", "[]"),
    json_case(
        "between",
        {"n": special("between", ["1", "3"])},
        '{"n":1}',
        '{"n":2.5}',
        '{"n":true}',
        '{"n":4}',
        '{"n":"2"}',
        '{"n":100000000000000000000000}',
    ),
    json_case("text-subclass", special("text", "AbC"), '"abc"', '"ABC"', '"abd"', "1"),
    json_case(
        "text-subclass-value",
        {"a": special("text", "AbC")},
        '{"a":"abc"}',
        '{"a":"AbC"}',
        '{"a":"x"}',
    ),
    json_case("grumpy", special("grumpy"), "1", "x"),
    json_case("int-keys", special("pairs", [[1, 2]]), '{"1":2}', "{}"),
    json_case("power", special("power", "4000"), "1" + "0" * 4000, "1" + "0" * 3999),
    json_case("power-too-big", special("power", "5000"), "1", "1" + "0" * 4000),
    json_case("undecodable-power", special("power", "5000"), "1" + "0" * 5000),
    json_case(
        "large",
        {"data": ["x" * 50] * 500, "n": 1},
        '{"data":[' + ",".join(['"' + "x" * 50 + '"'] * 500) + '],"n":1}',
        '{"data":[],"n":1}',
    ),
    matching(
        "json-in-order",
        {"json": {"a": 1}},
        [
            stream(chunked("POST", "/x", '{"a"', ":1", "}")),
            post("/x", '{"a":1}', "Content-Type: text/plain"),
            post("/x", '{"a":1}', "Content-Type: application/json; charset=utf-16"),
            post("/x", '{"a":1}', "Content-Type: nonsense"),
        ],
    ),
    Scenario(
        "matching/json-twenty",
        [
            *(route("POST", "/x", f"h{n}", json={"n": n}) for n in range(20)),
            route("POST", "/x", "same", json={"n": 3}),
            route("POST", "/x", "one-more", json={"n": True}),
        ],
        [
            *replies(*(f"h{n}" for n in range(20)), "same", "one-more"),
            *(
                post("/x", f'{{"n":{n}}}')
                for n in (0, 19, 3, "true", "1.0", 20, "false", '"1"', "-0")
            ),
            post("/x", "{"),
            post("/x", ""),
        ],
    ),
    Scenario(
        "matching/kinds-mixed-in-order",
        [
            route("POST", "/x", "h", headers={"x-k": "1"}),
            route("POST", "/x", "j", json=1),
            route("POST", "/x", "b", body=octets("1.0")),
            route("POST", "/x", "q", query={"k": "1"}),
            route("POST", "/x", "any", json=special("between", ["1", "9"])),
            route("POST", "/x", "jq", json=20, query={"k": "2"}, headers={"x-k": "2"}),
        ],
        [
            *replies("h", "j", "b", "q", "any", "jq"),
            post("/x", "1", "X-K: 1"),
            post("/x", "1.0"),
            post("/x?k=1", "1.0"),
            post("/x?k=1", "2"),
            post("/x", "2"),
            post("/x?k=2", "20", "X-K: 2"),
            post("/x?k=2", "20", "X-K: 3"),
            post("/x?k=2", "20.0", "x-k:2"),
        ],
    ),
    Scenario(
        "matching/all-predicates",
        [
            route(
                "POST",
                "/x",
                "all",
                json=[1],
                body=octets("[1]"),
                headers={"a": "b"},
                query={"c": "d"},
            ),
            route("POST", "/x", "contradiction", json=[1], body=octets("[2]")),
        ],
        [
            *replies("all", "contradiction"),
            post("/x?c=d", "[1]", "A: b"),
            post("/x?c=d", "[1] ", "A: b"),
            post("/x?c=d", "[1]"),
            post("/x", "[1]", "A: b"),
            post("/x?c=d", "[2]", "A: b"),
        ],
    ),
    Scenario(
        "matching/empty-predicates",
        [
            route("POST", "/x", "empty-body", body=octets("")),
            route("POST", "/x", "empty-query", query={}),
            route("POST", "/x", "never"),
            route("POST", "/y", "empty-headers", headers={}),
            route("POST", "/z", "bare"),
        ],
        [
            *replies("empty-body", "empty-query", "never", "empty-headers", "bare"),
            post("/x"),
            post("/x", "a"),
            post("/y"),
            post("/z"),
            check("assert_called", "empty-body", body=octets("")),
            check("assert_called", "empty-query", body=octets("")),
            check("assert_called", "empty-query", query={}),
            check("assert_called", "empty-headers", headers={}),
        ],
    ),
    matching(
        "body",
        {"body": octets("abc")},
        [post("/x", each) for each in ("abc", "ABC", "abc ", "", "abcabc")],
    ),
    matching(
        "body-binary",
        {"body": octets("\x00\xff\r\n")},
        [post("/x", each) for each in ("\x00\xff\r\n", "\x00\xff", "\x00\xfe\r\n")],
    ),
    matching(
        "body-bytearray",
        {"body": special("bytearray", "abc")},
        [post("/x", "abc"), post("/x", "abd")],
    ),
    matching("body-text-never", {"body": "abc"}, [post("/x", "abc")]),
    matching(
        "body-chunked",
        {"body": octets("abc")},
        [
            stream(chunked("POST", "/x", "a", "bc")),
            stream(chunked("POST", "/x", "abc", "d")),
            stream(chunked("POST", "/x")),
        ],
    ),
    header_case(
        "case",
        {"X-Key": "v"},
        ["X-Key: v"],
        ["x-key: v"],
        ["X-KEY: v"],
        ["X-Key: V"],
        ["X-Key:v"],
        ["X-Key:   v  "],
        ["X-Key: v;w"],
        [],
    ),
    header_case("case-expected", {"x-kEY": "v"}, ["X-Key: v"], ["x-key: v"]),
    header_case(
        "first-of-many",
        {"a": "1"},
        ["A: 1", "A: 2"],
        ["A: 2", "A: 1"],
        ["A: 1, 2"],
        ["a: 1", "A: 1"],
    ),
    header_case("empty-value", {"a": ""}, ["A:"], ["A: "], ["A: x"], []),
    header_case(
        "several",
        {"a": "1", "B": "2"},
        ["A: 1", "B: 2"],
        ["B: 2", "A: 1"],
        ["A: 1"],
        ["A: 1", "B: 3"],
    ),
    header_case("same-name-two-cases", {"a": "1", "A": "1"}, ["A: 1"]),
    header_case(
        "same-name-contradiction", {"a": "1", "A": "2"}, ["A: 1"], ["A: 2"], ["A: 1", "A: 2"]
    ),
    header_case("host", {"Host": "mock.test"}, []),
    header_case("content-length", {"content-length": "0"}, []),
    header_case("non-ascii", {"a": "ü"}, ["A: \xc3\xbc"], ["A: \xfc"], ["A: u"]),
    header_case("surrogate-escape", {"a": "\udcfc"}, ["A: \xfc"], ["A: \xc3\xbc"]),
    header_case("inner-space", {"a": "x  y"}, ["A: x  y"], ["A: x y"], ["A: x\ty"]),
    header_case(
        "cookie", {"cookie": "a=1; b=2"}, ["Cookie: a=1; b=2"], ["Cookie: a=1", "Cookie: b=2"]
    ),
    header_case("value-not-text", {"a": 1}, ["A: 1"]),
    header_case("underscore", {"x_key": "1"}, ["X_Key: 1"], ["X-Key: 1"]),
    header_case("name-not-possible", {"x key": "1", "": ""}, ["X-Key: 1"]),
    query_case("simple", {"a": "1"}, "?a=1", "?a=2", "?b=1", "", "?A=1", "?a=1&b=2", "?b=2&a=1"),
    query_case("first", {"a": "1"}, "?a=1&a=2", "?a=2&a=1", "?a=&a=1"),
    query_case("blank", {"a": ""}, "?a=", "?a", "?", "?a=1", "?a&b", "?=a", "?&a&"),
    query_case("plus", {"q": "a b"}, "?q=a+b", "?q=a%20b", "?q=a%2Bb", "?q=a b", "?q=a%2520b"),
    query_case("literal-plus", {"q": "a+b"}, "?q=a+b", "?q=a%2Bb", "?q=a%2bb", "?q=a%20b"),
    query_case("percent", {"q": "50%"}, "?q=50%25", "?q=50%", "?q=50%2", "?q=50%zz"),
    query_case("non-ascii", {"ü": "ö"}, "?%C3%BC=%C3%B6", "?ü=ö", "?%c3%bc=%c3%b6", "?%FC=%F6"),
    query_case("undecodable", {"q": "\ufffd"}, "?q=%FF", "?q=%EF%BF%BD", "?q=%C3"),
    query_case(
        "separators", {"a": "1"}, "?a=1;b=2", "?b=2;a=1", "?&&a=1&&", "?a=1#f", "?a=1?b", "?a==1"
    ),
    query_case("equals-in-value", {"a": "b=c"}, "?a=b=c", "?a=b%3Dc", "?a=b&c"),
    query_case("encoded-name", {"a&b": "c"}, "?a%26b=c", "?a&b=c"),
    query_case("encoded-ampersand", {"a": "b&c"}, "?a=b%26c", "?a=b&c"),
    query_case("empty-name", {"": "v"}, "?=v", "?v", "?=&v"),
    query_case("several", {"a": "1", "b": ""}, "?a=1&b", "?b=&a=1", "?a=1", "?a=1&b=2"),
    query_case(
        "array-style",
        {"a[]": "1", "b.c": "2"},
        "?a[]=1&b.c=2",
        "?a%5B%5D=1&b.c=2",
        "?a%5b%5d=1&b%2Ec=2",
    ),
    query_case(
        "reserved", {"u": "http://h/p?q#f"}, "?u=http://h/p?q%23f", "?u=http%3A%2F%2Fh%2Fp%3Fq%23f"
    ),
    query_case("value-not-text", {"a": 1}, "?a=1"),
    query_case("slash-dots", {"a": "../b"}, "?a=../b", "?a=..%2Fb", "?a=%2e%2e/b"),
    Scenario(
        "matching/get-with-body",
        [route("GET", "/x", "j", json=1), route("GET", "/x", "rest")],
        [
            *replies("j", "rest"),
            stream("GET /x HTTP/1.1\r\nHost: mock.test\r\nContent-Length: 1\r\n\r\n1"),
            get("/x"),
            stream(chunked("GET", "/x", "1")),
        ],
    ),
]
