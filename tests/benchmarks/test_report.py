"""Tables, and the figures in a result file."""

from benchmarks.gates import Figures, Gate, Verdict
from benchmarks.process import Run
from benchmarks.report import Result, markdown, plain, readme_table, verdict_row, wire_figures
from benchmarks.scenarios import SCENARIOS

ROWS = [["name", "figure"], ["a", "1"], ["longer", "10"]]


def run(cpu: float, p99: float = 1_000) -> Run:
    return Run(cpu, 10_000, 500, p99, 100)


def test_markdown_aligns_figures_to_the_right() -> None:
    assert markdown(ROWS) == "| name | figure |\n| --- | ---: |\n| a | 1 |\n| longer | 10 |"


def test_plain_text_is_aligned() -> None:
    assert plain(ROWS) == "name    figure\na            1\nlonger      10"


def test_ratios_of_the_wire_are_medians_of_pairs() -> None:
    figures = wire_figures(
        {
            "asyncly": [run(2), run(4), run(4)],
            "reference": [run(1), run(1), run(4)],
            "bare": [run(1, 500), run(1, 500), run(1, 500)],
        }
    )
    assert figures["asyncly"]["cpu"] == 4
    assert figures["asyncly"]["to_reference"] == 2
    assert figures["reference"]["cpu"] == 2
    assert figures["asyncly"]["to_bare"] == 4
    assert figures["asyncly"]["p99_to_bare"] == 2
    assert figures["asyncly"]["requests"] == 300


def test_without_a_baseline_there_is_no_ratio() -> None:
    figures = wire_figures({"asyncly": [run(2)]})["asyncly"]
    assert figures["to_bare"] is None
    assert figures["to_reference"] is None


def test_the_readmes_table_has_every_figure_of_the_result() -> None:
    result: Result = {
        "machine": {
            "processor": "A CPU",
            "cores": 2,
            "python": "CPython 3.11.7",
            "packages": {"aiohttp": "3.14.5"},
            "client": "wrk",
            "date": "2026-01-01",
        },
        "wire": {
            "get": wire_figures({"asyncly": [run(12.34)], "reference": [run(24.68)]}),
            "fallback": wire_figures({"asyncly": [run(2, 750)], "bare": [run(1, 500)]}),
            "last-of-20": wire_figures({"asyncly": [run(120)]}),
        },
        "memory": {"differs": {"asyncly": 300.4, "reference": 3_004}},
        "flatness": [
            {"recorded": 10_000, "p99": 2_000, "to_few": None},
            {"recorded": 1_000_000, "p99": 2_200, "to_few": 1.11},
        ],
        "start_and_close": {"asyncly": 100, "reference": 150},
        "import_time": {"asyncly": 9.87, "reference": 35},
    }
    text = readme_table(result)
    raw = SCENARIOS["differs"].raw_bytes
    ours, theirs = 300.4 - raw, 3_004 - raw
    beyond = f"{ours:.0f} bytes | {theirs:,.0f} bytes | {ours / theirs:.2f}"
    for line in (
        "| p99, 32 connections | asyncly | asyncly 0.7.1 | bare uvloop | to the limit |",
        "| GET | 12.3 µs | 24.7 µs | – | 0.50 | – |",
        "| POST, 20th of 20 JSON matches | 120 µs | – | – | – | – |",
        "| POST, fallback behind 20 | 0.75 ms | – | 0.50 ms | 1.50 |",
        "| memory per recorded request (every request differs) | 300 bytes | 3,004 bytes | 0.10 |",
        f"| … beyond the bytes of the request itself | {beyond} |",
        "| p99 with 10,000 requests on record | 2.00 ms | – | – |",
        "| p99 with 1,000,000 requests on record | 2.20 ms | – | – |",
        "| … with 1,000,000, to that with 10,000 | 1.11 × | – | – |",
        "| start_service and close | 100 µs | 150 µs | 0.67 |",
        "| import, added to aiohttp's | 9.9 ms | 35.0 ms | 0.28 |",
    ):
        assert line in text.splitlines()
    assert "A CPU, 2 cores, CPython 3.11.7, aiohttp 3.14.5; load by wrk" in text


GATE = Gate("g", "cpu", "get", "reference", "ratio_at_most", 0.5, "µs", "because")


def test_a_verdict_shows_every_measurement_and_the_threshold() -> None:
    assert verdict_row(Verdict(GATE, (0.6, 0.4), Figures([4.0], [10.0]))) == [
        "g",
        "ok",
        "0.6×, then 0.4×",
        "≤ 0.5×",
        "4 to 10 µs",
    ]


def test_a_broken_verdict_shows_why() -> None:
    row = verdict_row(Verdict(GATE, (), None, "WrongCountError: 10 answered, 9 recorded"))
    assert row == ["g", "FAILED", "–", "≤ 0.5×", "WrongCountError: 10 answered, 9 recorded"]
