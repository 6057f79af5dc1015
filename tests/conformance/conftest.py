"""Nothing here may reach the event loop's exception handler or log an error."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
async def quiet(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[None]:
    """Fail the test when anything went wrong where no caller sees it."""
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    yield
    assert problems == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
