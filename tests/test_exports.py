"""The import paths that users rely on, and one place for all of it."""

import importlib
import subprocess
import sys

import pytest

from asyncly import srvmocker

PATHS = {
    "asyncly.srvmocker.assertions": ["call_matches"],
    "asyncly.srvmocker.calls": ["Calls"],
    "asyncly.srvmocker.constants": ["SERVICE_KEY"],
    "asyncly.srvmocker.controls": ["Controls"],
    "asyncly.srvmocker.counts": ["Counts"],
    "asyncly.srvmocker.diagnosis": ["Candidate", "Diagnosis", "Difference"],
    "asyncly.srvmocker.exceptions": [
        "CallAssertionError",
        "CallTimeoutError",
        "ConversationError",
        "MissingResponseError",
        "NotKeptError",
        "PayloadError",
        "RoutesError",
        "ScenarioError",
        "SequenceExhausted",
        "SrvMockerError",
        "UnknownHandlerError",
        "UnreachableRouteWarning",
    ],
    "asyncly.srvmocker.expected": [
        "ABSENT",
        "NULL",
        "AtPath",
        "Exactly",
        "Part",
        "Partial",
        "ValidJson",
    ],
    "asyncly.srvmocker.failures": ["HandlerFailure"],
    "asyncly.srvmocker.faults": [
        "DisconnectResponse",
        "DoubleResponse",
        "EndlessHeaderResponse",
        "GarbageResponse",
        "HangResponse",
        "MalformedChunkResponse",
        "SlowResponse",
        "TruncatedGzipResponse",
        "TruncatedResponse",
        "UnannouncedCloseResponse",
        "WrongLengthResponse",
    ],
    "asyncly.srvmocker.handlers": ["build_dispatcher"],
    "asyncly.srvmocker.injection": ["Delay", "Injection"],
    "asyncly.srvmocker.latency": [
        "ByCall",
        "Latency",
        "LogNormal",
        "Normal",
        "Percentiles",
        "Uniform",
    ],
    "asyncly.srvmocker.loading": ["load_routes"],
    "asyncly.srvmocker.matching": ["Match"],
    "asyncly.srvmocker.models": [
        "HandlerFailure",
        "MockRoute",
        "MockService",
        "RecordedRequest",
        "RequestHistory",
    ],
    "asyncly.srvmocker.namespaces": ["start_namespace"],
    "asyncly.srvmocker.parts": ["ReceivedPart"],
    "asyncly.srvmocker.payload": ["decode_body"],
    "asyncly.srvmocker.proxy": ["MockProxyService", "start_proxy"],
    "asyncly.srvmocker.responses.base": ["BaseMockResponse"],
    "asyncly.srvmocker.responses.choice": ["ChoiceResponse"],
    "asyncly.srvmocker.responses.conversation": [
        "Close",
        "Conversation",
        "Drop",
        "Expect",
        "ExpectClose",
        "Frame",
        "Repeat",
        "Send",
    ],
    "asyncly.srvmocker.responses.websocket": ["WebSocketResponse"],
    "asyncly.srvmocker.responses.expiring": ["ExpiringResponse"],
    "asyncly.srvmocker.responses.compressed": ["CompressedResponse"],
    "asyncly.srvmocker.responses.content": ["ContentResponse"],
    "asyncly.srvmocker.responses.cookies": ["Cookie"],
    "asyncly.srvmocker.responses.echo": ["EchoResponse"],
    "asyncly.srvmocker.responses.file": ["FileResponse"],
    "asyncly.srvmocker.responses.function": ["FunctionResponse", "FunctionResult"],
    "asyncly.srvmocker.responses.events": ["Comment", "Event", "EventStreamResponse"],
    "asyncly.srvmocker.responses.held": ["HeldResponse"],
    "asyncly.srvmocker.responses.json": ["JsonResponse"],
    "asyncly.srvmocker.responses.msgpack": ["MsgpackResponse"],
    "asyncly.srvmocker.responses.ratelimit": ["RateLimitResponse"],
    "asyncly.srvmocker.responses.ndjson": ["NdjsonResponse"],
    "asyncly.srvmocker.responses.problem": ["ProblemResponse"],
    "asyncly.srvmocker.responses.raw": ["RawResponse"],
    "asyncly.srvmocker.responses.redirect": ["RedirectResponse"],
    "asyncly.srvmocker.responses.sequence": ["SequenceResponse"],
    "asyncly.srvmocker.responses.stream": ["ChunkedResponse", "Wait"],
    "asyncly.srvmocker.responses.timeout": ["LatencyResponse"],
    "asyncly.srvmocker.responses.toml": ["TomlResponse"],
    "asyncly.srvmocker.responses.yaml": ["YamlResponse"],
    "asyncly.srvmocker.serialization.base": ["Serializer"],
    "asyncly.srvmocker.serialization.json": ["JsonSerializer"],
    "asyncly.srvmocker.serialization.msgpack": ["MsgpackSerializer"],
    "asyncly.srvmocker.serialization.toml": ["TomlSerializer"],
    "asyncly.srvmocker.serialization.yaml": ["YamlSerializer"],
    "asyncly.srvmocker.retention": ["Keep"],
    "asyncly.srvmocker.routes": ["MockRoute"],
    "asyncly.srvmocker.schedules": [
        "Between",
        "Burst",
        "CallNumbers",
        "EveryNth",
        "Probability",
        "Ramp",
        "Schedule",
    ],
    "asyncly.srvmocker.scenario": ["Scenario"],
    "asyncly.srvmocker.service": ["start_service"],
    "asyncly.srvmocker.strictness": ["StrictCheck"],
    "asyncly.srvmocker.traffic": ["Columns", "Distribution", "Sizes", "Traffic"],
    "asyncly.srvmocker.unmatched": ["UnmatchedRequest"],
}
"""What each module is imported for."""

NOT_AT_THE_TOP = {
    # For those who annotate.
    "asyncly.srvmocker.strictness",
    # Each needs an extra.
    "asyncly.srvmocker.responses.msgpack",
    "asyncly.srvmocker.responses.toml",
    "asyncly.srvmocker.responses.yaml",
    # For those who build on the package: a serializer, an application or a response of their own.
    "asyncly.srvmocker.assertions",
    "asyncly.srvmocker.constants",
    # The half of MockService that changes it as a whole.
    "asyncly.srvmocker.controls",
    "asyncly.srvmocker.handlers",
    # For those who look into a failed assertion.
    "asyncly.srvmocker.diagnosis",
    # Imported when somebody asks for a summary.
    "asyncly.srvmocker.traffic",
    "asyncly.srvmocker.payload",
    *(module for module in PATHS if ".serialization." in module),
}


@pytest.mark.parametrize("module", PATHS)
def test_the_path_exists(module: str) -> None:
    found = importlib.import_module(module)
    assert set(PATHS[module]) <= set(found.__all__)


def test_the_package_sums_up_its_modules() -> None:
    summed = {
        name: getattr(importlib.import_module(module), name)
        for module, names in PATHS.items()
        if module not in NOT_AT_THE_TOP
        for name in names
    }
    assert {name: getattr(srvmocker, name) for name in srvmocker.__all__} == summed


def test_one_class_has_two_names() -> None:
    assert srvmocker.RecordedRequest is srvmocker.RequestHistory


def test_what_is_imported_later_is_listed_and_is_remembered() -> None:
    asked = (
        "from asyncly import srvmocker; later = srvmocker._LATER; names = set(dir(srvmocker));"
        "print(names >= {*later}, names >= {*srvmocker.__all__}, later.keys() & vars(srvmocker));"
        "print(*(getattr(srvmocker, name) is vars(srvmocker)[name] for name in later))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    first, second = told.stdout.splitlines()
    assert first == "True True set()"
    assert set(second.split()) == {"True"}


def test_an_unknown_name_is_none() -> None:
    with pytest.raises(AttributeError, match=r"^module 'asyncly\.srvmocker' has no attribute 'x'$"):
        _ = getattr(srvmocker, "x")  # noqa: B009 - a checker knows that it is none
