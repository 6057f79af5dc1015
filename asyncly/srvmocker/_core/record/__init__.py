"""What is remembered of requests: exact counts for ever, and calls as far as they are kept.

    history     records a call: journal (columns of numbers), requests and blobs (bytes)
    sequences   calls as a user sees them
    question    calls that satisfy criteria: counted, listed, looked for
    ledger      counts that stay exact whatever is kept
    watchers    who waits for calls: waiting

Invariants: a call is recorded once; nothing is kept of it that the garbage collector must walk.
"""
