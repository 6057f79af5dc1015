"""The page as text: every tag closed, nothing from elsewhere, nothing of a stranger's executed."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from asyncly.srvmocker._report import summary
from asyncly.srvmocker._report.data import CallDetail, ReportData
from asyncly.srvmocker._report.page import render
from tests.report.samples import NASTY, hostile, largest, ordinary, report

VOID = {"meta", "link", "br", "img", "input"}
MOST = 2_000_000


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order, and attributes are known."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), "an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open, "only SVG has tags that close themselves"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def count(self, tag: str, **attributes: str) -> int:
        return sum(
            name == tag and all(found.get(key) == value for key, value in attributes.items())
            for name, found in self.tags
        )


def page(data: ReportData) -> Page:
    return Page(render(summary.summarize(data)))


SAMPLES: dict[str, Callable[[], ReportData]] = {
    "ordinary": ordinary,
    "hostile": hostile,
    "largest": largest,
    "nothing": lambda: report([]),
    "never called": lambda: report([], declared=["a", "b"]),
    "one call": lambda: report([(0.0, "a", 200)]),
    "one moment": lambda: report([(0.0, "a", 200)] * 1000),
    "one without an answer": lambda: report([(0.0, "a", 0)]),
    "many handlers": lambda: report(
        [(at / 1000, f"h{at}", 200) for at in range(10_000)], declared=["never"]
    ),
    "many names": lambda: report([], declared=[f"h{at}" for at in range(10_000)]),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_is_well_formed_and_stands_alone(name: str) -> None:
    text = render(summary.summarize(SAMPLES[name]()))
    assert text.startswith("<!DOCTYPE html>\n")
    assert len(text.encode("utf-8")) < MOST
    found = Page(text)
    known = {"a", "b", "body", "code", "desc", "details", "div", "figure", "footer", "g", "h1"}
    known |= {"h2", "h3", "head", "header", "html", "i", "li", "line", "link", "main", "meta"}
    known |= {"nav", "p", "pre", "rect", "section", "small", "span", "style", "summary", "svg"}
    known |= {"table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul"}
    assert {tag for tag, _ in found.tags} <= known
    ids = {attributes["id"] for _, attributes in found.tags if "id" in attributes}
    assert len(ids) == sum("id" in attributes for _, attributes in found.tags)
    for tag, attributes in found.tags:
        assert not {"src", "srcset", "action", "xlink:href"} & attributes.keys()
        assert not [attribute for attribute in attributes if attribute.startswith("on")]
        if href := attributes.get("href"):
            assert href == "data:," if tag == "link" else href[1:] in ids
        if tag == "svg":
            assert attributes["role"] == "img"
            assert {attributes["aria-labelledby"], attributes["aria-describedby"]} <= ids
    assert re.findall(r"@import|url\(", text) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_forbids_what_it_does_not_need(name: str) -> None:
    (policy,) = (
        attributes["content"]
        for _, attributes in page(SAMPLES[name]()).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "script-src" not in policy


def test_what_an_ordinary_page_says() -> None:
    found = page(ordinary())
    for words in (
        "tests/test_orders.py::test_under_load",
        "Mock report of http://127.0.0.1:4711/ , first call 2026-11-24 03:15:00.000 UTC",
        "53 calls to 2 of 3 handlers within 6 s.",
        "✗ 9 unmatched requests",
        "✗ 2 handler errors",
        "✗ 2 refused streams",
        "8.83/s Mean rate",
        "10/s Busiest second",
        "3 Most in flight",
        "1.23 MB Sent",
        "61 bins of 100 ms; the busiest, at 5 s, has 2 calls.",
        "2xx, success: 50",
        "no answer: 1",
        "34 calls, peak 1",
        "200 × 33, none × 1",
        "Never called (1) never",
        "client gone 1",
        "late 1,201 read × 1,200, create × 1 down 0 –",
        "create 200 injected: late 1 ms",
        "The last 1 of 9.",
        "1.000 s GET /itms/7 404 no route has the path /itms/7 more nearest: GET /items/{id}",
        "2.000 s read GET /items/7 RuntimeError : boom where Traceback (most recent call last):",
        "(a route's predicate) GET / KeyError",
        "400 no Host header GET / HTTP/1.1\\r\\n\\xff",
        "The last 2 of 53. The newest first",
        "6.000 s GET /items/9 read no answer",
        'Content-Type application/json Body: 15 bytes {"item": "tea"}',
        "Body: not kept",
        "Written by asyncly 0.8.0, 2026-11-24 03:16:40.000 UTC.",
    ):
        assert words in found.text


def test_a_page_of_nothing_says_so() -> None:
    found = page(report([], declared=["a", "b"]))
    for words in (
        "Mock report http://127.0.0.1:4711/ No calls; 2 handlers declared.",
        "✓ no unmatched requests",
        "✓ no handler errors",
        "✓ no refused streams",
        "No handler was called.",
        "Never called (2) a , b",
        "None: a route took every request.",
        "Last calls None.",
    ):
        assert words in found.text
    assert found.count("svg") == 0
    assert "Injections" not in found.text
    assert "Last calls None was kept." in page(report([(0.0, "a", 200)])).text


def test_the_marks_are_those_of_the_figures() -> None:
    found = page(ordinary())
    # Over all and by handler: 50 calls answered in a bin of their own, and three more.
    for kind, number in {"2xx": 50, "4xx": 1, "5xx": 1, "none": 1}.items():
        assert found.count("rect", **{"class": f"k{kind}"}) == 2 * number
    drawings = found.count("svg")
    assert drawings == 1 + 2 + 3
    assert found.count("desc") == drawings
    rows = [tag for tag, _ in found.tags].count("tr")
    assert rows > 52, "the figures of the timeline stand in a table too"


def test_calls_that_were_not_kept_are_told() -> None:
    data = ordinary()
    handlers = [replace(one, calls=1000) for one in data.handlers]
    found = page(replace(data, handlers=handlers))
    assert (
        "Timeline, latency and gaps are those of the 53 calls that were kept, of 3,000; "
        "the counters are exact."
    ) in found.text
    assert "were kept" not in page(data).text


def test_the_mocks_own_time_is_called_so_where_it_is_all_that_is_known() -> None:
    data = ordinary()
    found = page(replace(data, durations=data.own_times, own_times=type(data.own_times)("d")))
    assert "The mock's own time" not in found.text
    found = page(replace(data, durations=type(data.own_times)("d")))
    assert "The mock's own time From the arrival of a request to its answer." in found.text
    assert "Latency From" not in found.text


def test_long_lists_are_cut_and_say_so() -> None:
    data = hostile()
    found = page(data)
    assert found.count("details", **{"class": "call"}) == 40
    for words in (
        "The last 40 of 60.",
        "The last 40 of 1,200.",
        "The 200 with the most calls, of 300.",
        "The 40 with the most calls, of 60.",
        "292 more",
        "and 220 more",
        "281 other handlers",
        "and 20 more",
        "more header fields",
    ):
        assert words in found.text


def test_a_strangers_text_is_text() -> None:
    found = page(hostile())
    assert found.count("script") == found.count("img") == 0
    assert found.text.count('<script>document.title="owned"</script>') > 100
    assert "{{ 7 * 7 }}{% raw %}" in found.text
    assert "\\ud800\\xff\\x00\\x1b[31m\\u202e\\r\\n\\t\\u2028" in found.text


@pytest.mark.parametrize(("length", "number"), [(1, 30), (400, 4)])
def test_header_fields_are_cut_by_number_and_by_length(length: int, number: int) -> None:
    headers = [(f"X-{place}", "v" * length) for place in range(60)]
    call = CallDetail(
        at=0.0, handler="a", method="GET", target="/", status=200, headers=headers, body=b""
    )
    found = page(report([(0.0, "a", 200)], last=[call]))
    assert found.text.count("X-") == number
    assert f"and {60 - number} more header fields" in found.text


def test_a_long_reason_is_folded_and_a_long_trace_keeps_its_end() -> None:
    data = ordinary()
    (unmatched,) = data.unmatched
    (failure, _) = data.failures
    found = page(
        replace(
            data,
            unmatched=[replace(unmatched, reason="r" * 400)],
            failures=[replace(failure, trace="t" * 2000 + " the end")],
        )
    )
    assert f"{'r' * 300}… more {'r' * 400}" in found.text
    assert f"where … {'t' * 992} the end" in found.text


def test_a_handler_with_many_statuses_names_the_most_frequent() -> None:
    data = report([(0.0, "a", status) for status in range(200, 210)] + [(0.0, "a", 200)])
    assert "200 × 2, 201 × 1" in page(data).text
    assert "207 × 1, 2 more" in page(data).text


def test_the_samples_are_as_bad_as_they_claim() -> None:
    with pytest.raises(UnicodeEncodeError):
        NASTY.encode()
