"""What makes a benchmark fail whatever its figures say.

- `BenchmarkError`: the base of all.
- `LoadError`: a request was not answered, or not with a 2xx.
- `WrongCountError`: answered and recorded differ.
- `ServerFailedError`: a server ended by itself, or is not what it should be.
"""


class BenchmarkError(RuntimeError):
    """The figures of this run mean nothing; the text says why."""


class LoadError(BenchmarkError):
    """A run did not answer every request; the text has the figures."""


class WrongCountError(BenchmarkError):
    """Answered and recorded differ; the text has both."""


class ServerFailedError(BenchmarkError):
    """A server process ended by itself (its own words are on stderr), or is the wrong one."""
