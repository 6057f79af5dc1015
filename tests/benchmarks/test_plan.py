"""The plan of a load: pure in `n`, of constant length, and readable by both clients."""

import pytest

from benchmarks.plan import BASE, PLACEHOLDER, LoadPlan
from benchmarks.scenarios import SCENARIOS, Scenario

TEMPLATE = b"GET /items/" + PLACEHOLDER + b"?n=" + PLACEHOLDER + b" HTTP/1.1\r\nHost: a\r\n\r\n"


def test_every_placeholder_of_a_request_gets_the_same_number() -> None:
    plan = LoadPlan((TEMPLATE,), 10)
    assert plan.request(3).startswith(b"GET /items/10000003?n=10000003 HTTP/1.1\r\n")


def test_without_a_cycle_no_two_requests_are_equal() -> None:
    plan = LoadPlan((TEMPLATE, b"POST" + TEMPLATE), 1_000)
    requests = {plan.request(n) for n in range(1_000)}
    assert len(requests) == 1_000
    assert {len(request) for request in requests} == {len(TEMPLATE), len(TEMPLATE) + 4}


def test_a_cycle_uses_each_number_once_per_template() -> None:
    plan = LoadPlan((TEMPLATE, b"POST" + TEMPLATE), 40, cycle=20)
    requests = [plan.request(n) for n in range(40)]
    assert len(set(requests)) == 40
    assert all(request.startswith(b"GET") for request in requests[:20])
    assert all(request.startswith(b"POSTGET") for request in requests[20:])
    numbers = {int(request.split(b"/")[2][:8]) for request in requests}
    assert numbers == set(range(BASE, BASE + 20))
    assert plan.request(40) == requests[0]


def test_encode_and_decode_are_inverse() -> None:
    plan = LoadPlan((TEMPLATE, b"GET / HTTP/1.1\r\n\r\n12\n"), 64, 7, 3, 32, 16, 48)
    assert LoadPlan.decode(plan.encode()) == plan


def test_the_next_plan_goes_on_where_this_one_ends() -> None:
    plan = LoadPlan((TEMPLATE,), 10, start=5)
    following = plan.next(32, pipeline=16)
    assert (following.start, following.count, following.pipeline) == (15, 32, 16)
    assert following.request(15) == plan.request(15)


@pytest.mark.parametrize(
    ("count", "pipeline"), [(0, 1), (-1, 1), (15, 16)], ids=["none", "negative", "odd"]
)
def test_a_count_that_cannot_be_sent_is_refused(count: int, pipeline: int) -> None:
    with pytest.raises(ValueError, match=r"^count .* must be positive and a multiple of pipeline"):
        LoadPlan((TEMPLATE,), count, pipeline=pipeline)


def test_a_connection_that_ends_within_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^per_connection 8 must be a multiple of pipeline 16$"):
        LoadPlan((TEMPLATE,), 64, pipeline=16, per_connection=8)


def test_a_plan_without_templates_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a plan needs at least one template$"):
        LoadPlan((), 1)


def test_a_template_with_bare_line_feeds_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a template has a bare line feed$"):
        LoadPlan((b"GET / HTTP/1.1\n\n",), 1)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_requests_of_a_scenario_are_framed_by_their_content_length(scenario: Scenario) -> None:
    plan = scenario.plan(200)
    for n in range(200):
        head, _, body = plan.request(n).partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        assert int(fields.get(b"Content-Length", b"0")) == len(body)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_what_differs_never_comes_twice_and_has_the_size_that_is_told(scenario: Scenario) -> None:
    plan = scenario.plan(1_200)
    requests = [plan.request(n) for n in range(1_200)]
    assert len(set(requests)) == (1_200 if scenario.differs else 1)
    assert {len(request) for request in requests} == {scenario.raw_bytes}


@pytest.mark.parametrize(
    ("name", "same"), [("body-differs", 0), ("header-differs", 2)], ids=["body", "header"]
)
def test_only_one_part_differs(name: str, same: int) -> None:
    plan = SCENARIOS[name].plan(2)
    one, other = (plan.request(n).partition(b"\r\n\r\n") for n in range(2))
    assert one[same] == other[same]
    assert one[2 - same] != other[2 - same]
    assert one[0].split(b"\r\n", 1)[0] == other[0].split(b"\r\n", 1)[0]


def test_ten_thousand_matchers_meet_bodies_that_all_differ() -> None:
    plan = SCENARIOS["indexed-10000"].plan(60_000)
    bodies = {plan.request(n).partition(b"\r\n\r\n")[2] for n in range(60_000)}
    assert len(bodies) == 60_000
