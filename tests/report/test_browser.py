"""The page in a real browser: drawn as meant, silent, and asking for nothing else."""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import pytest

from asyncly.srvmocker._report.data import ReportData
from asyncly.srvmocker._report.files import write
from asyncly.srvmocker._report.summary import summarize
from tests.report import browser
from tests.report.browser import Browser, Message
from tests.report.samples import hostile, ordinary, report

pytestmark = pytest.mark.skipif(
    browser.COMMAND is None and not os.environ.get("CI"),
    reason="needs Chromium: apt-get install chromium",
)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser]:
    with browser.started(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


def shown(chromium: Browser, folder: Path, data: ReportData, **window: int | bool | str) -> Path:
    """Open a report in a window; whatever it holds, it is silent and stands alone."""
    page, _ = write(data, folder / "report.html")
    chromium.look(
        width=int(window.get("width", 1280)),
        dark=bool(window.get("dark")),
        media=str(window.get("media", "")),
    )
    chromium.visit(page)
    assert chromium.asked_for() == [page.as_uri()]
    assert chromium.complaints() == []
    return page


def number(chromium: Browser, selector: str) -> object:
    return chromium.evaluate(f"document.querySelectorAll({selector!r}).length")


def test_an_ordinary_report_is_drawn(chromium: Browser, folder: Path) -> None:
    data = ordinary()
    shown(chromium, folder, data)
    assert chromium.evaluate("document.title") == f"{data.title} – Mock report of {data.service}"
    assert chromium.evaluate("document.contentType") == "text/html"
    assert chromium.evaluate("document.compatMode") == "CSS1Compat"
    timeline = summarize(data).timeline
    assert timeline is not None
    for kind, numbers in timeline.counts.items():
        bins = sum(1 for calls in numbers if calls)
        assert number(chromium, f"#timeline .plot rect.k{kind}") == bins
    assert number(chromium, "#timeline .lanes svg") == 2
    assert number(chromium, "#latency rect") == number(chromium, "#own rect") == 1
    assert number(chromium, "#gaps line.mark") == 3


@pytest.mark.parametrize("width", [1280, 400])
def test_what_was_injected_is_seen(chromium: Browser, folder: Path, width: int) -> None:
    shown(chromium, folder, ordinary(), width=width)
    rows = "[...document.querySelectorAll('#injections tbody tr')].map(row => row.innerText)"
    assert chromium.evaluate(rows) == [
        "late\t1,201\tread\u00a0×\u00a01,200, create\u00a0×\u00a01",
        "down\t0\t–",
    ]
    mark = "document.querySelector('.call .injected')"
    assert chromium.evaluate(f"{mark}.innerText") == "injected: late"
    assert chromium.evaluate(f"{mark}.checkVisibility()") is True
    assert chromium.evaluate(f"{mark}.getBoundingClientRect().right <= {width}") is True
    assert number(chromium, ".call .injected") == 1
    assert number(chromium, "nav a[href='#injections']") == 1


@pytest.mark.parametrize("width", [1280, 400])
def test_every_mark_is_seen_where_it_belongs(chromium: Browser, folder: Path, width: int) -> None:
    shown(chromium, folder, ordinary(), width=width)
    # Within the drawing's own width, on or above its base line, wide and high enough to be seen.
    assert (
        chromium.evaluate("""
            [...document.querySelectorAll("svg")].flatMap(svg => {
                const whole = svg.getBoundingClientRect();
                return [...svg.querySelectorAll("rect")].filter(rect => {
                    const one = rect.getBoundingClientRect();
                    return one.left < whole.left - 1 || one.right > whole.right + 1
                        || one.top < whole.top - 1 || one.bottom > whole.bottom + 1
                        || one.width < 1 || one.height < 1.4;
                });
            }).length
        """)
        == 0
    )


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("sample", [ordinary, hostile])
def test_nothing_sticks_out_of_the_window(
    chromium: Browser, folder: Path, width: int, sample: Callable[[], ReportData]
) -> None:
    shown(chromium, folder, sample(), width=width)
    assert chromium.evaluate("document.documentElement.scrollWidth") == width


def test_what_went_wrong_is_read_without_scrolling_sideways(
    chromium: Browser, folder: Path
) -> None:
    shown(chromium, folder, ordinary(), width=400)
    cells = "[...document.querySelectorAll('.stack td')].map(one => one.getBoundingClientRect())"
    assert chromium.evaluate(f"{cells}.filter(box => box.right > 400).length") == 0
    assert chromium.evaluate(f"{cells}.filter(box => box.height > 10).length > 10") is True


@pytest.mark.parametrize("width", [1280, 400])
def test_no_two_labels_of_an_axis_overlap(chromium: Browser, folder: Path, width: int) -> None:
    calls = [(at / 100, f"h{at % 3}", 200) for at in range(1000)]
    shown(chromium, folder, report([*calls, (10_000.0, "h0", 200)]), width=width)
    overlapping = chromium.evaluate("""
        [...document.querySelectorAll("svg")].flatMap(svg => {
            const boxes = [...svg.querySelectorAll("text")]
                .map(text => [text.textContent, text.getBoundingClientRect()])
                .filter(([_, box]) => box.width);
            return boxes.flatMap(([one, a], place) => boxes.slice(place + 1)
                .filter(([_, b]) => a.left < b.right && b.left < a.right
                    && a.top + 2 < b.bottom && b.top + 2 < a.bottom)
                .map(([other, _]) => one + " over " + other));
        })
    """)
    assert overlapping == []
    assert chromium.evaluate("document.querySelectorAll('svg text').length > 20") is True


def test_light_and_dark_are_two_schemes_that_can_be_read(chromium: Browser, folder: Path) -> None:
    pictures: set[bytes] = set()
    for dark in (False, True):
        shown(chromium, folder, ordinary(), dark=dark)
        assert contrast(chromium, "body") > 12
        for selector in (".soft", "nav a", ".bad", "#timeline .legend li", "#handlers th"):
            assert contrast(chromium, selector) > 4.5, selector
        pictures.add(chromium.picture())
    assert len(pictures) == 2
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def contrast(chromium: Browser, selector: str) -> float:
    """Return the ratio of a text's luminance to that of what lies behind it (WCAG 2)."""
    found = chromium.evaluate(f"""
        (() => {{
            const luminance = color => color.match(/[0-9.]+/g).slice(0, 3)
                .map(part => part / 255)
                .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
                .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
            let behind = document.querySelector({selector!r});
            const ink = luminance(getComputedStyle(behind).color);
            while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)")
                behind = behind.parentElement;
            const paper = luminance(getComputedStyle(behind).backgroundColor);
            return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        }})()
    """)
    assert isinstance(found, float)
    return found


def test_a_strangers_script_does_not_run(chromium: Browser, folder: Path) -> None:
    shown(chromium, folder, hostile())
    title = chromium.evaluate("document.title")
    assert isinstance(title, str)
    assert title.startswith('</title></script><script>document.title="owned"</script>')
    assert number(chromium, "script, img, iframe, object, embed") == 0


def test_folded_parts_open_without_a_script(chromium: Browser, folder: Path) -> None:
    shown(chromium, folder, ordinary())
    opened = "document.querySelectorAll('.call')[1].querySelector('pre').checkVisibility()"
    assert chromium.evaluate(opened) is False
    chromium.evaluate("document.querySelectorAll('.call summary')[1].click()")
    assert chromium.evaluate(opened) is True


def test_it_can_be_printed_with_what_is_folded(chromium: Browser, folder: Path) -> None:
    shown(chromium, folder, ordinary(), width=700, media="print")
    assert chromium.evaluate("document.querySelector('nav').checkVisibility()") is False
    body = "document.querySelectorAll('.call')[1].querySelector('pre')"
    assert chromium.evaluate(f"{body}.getBoundingClientRect().height > 10") is True
    assert chromium.evaluate("document.documentElement.scrollWidth") == 700
    assert chromium.printed().startswith(b"%PDF-")


def test_a_screen_reader_finds_names(chromium: Browser, folder: Path) -> None:
    shown(chromium, folder, ordinary())
    chromium.command("Accessibility.enable")
    nodes = cast("list[Message]", chromium.command("Accessibility.getFullAXTree")["nodes"])
    named = [(_value(node, "role"), _value(node, "name")) for node in nodes]
    assert {name for role, name in named if role == "image"} == {
        "Calls over time, by the kind of their answer",
        "Calls of create over time",
        "Calls of read over time",
        "Latency, how often each time occurred",
        "The mock's own time, how often each time occurred",
        "Gaps, how often each time occurred",
    }
    assert ("heading", "tests/test_orders.py::test_under_load") in named
    assert ("heading", "Unmatched requests") in named
    assert ("navigation", "Sections") in named
    assert ("region", "Handlers") in named


def _value(node: Message, name: str) -> object:
    return cast("Message", node.get(name, {})).get("value")
