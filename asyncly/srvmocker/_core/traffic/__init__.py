"""What recorded times and sizes tell of a client's behaviour, in figures.

    columns     rows of the record -> columns of numbers
    summary     the figures of those: peaks, gaps, ranks

Invariants: nothing here knows of requests, or costs one anything; it works on copies of columns.
"""
