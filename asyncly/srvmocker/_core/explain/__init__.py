"""Why no call is as wanted, and why no route answers a request: texts, and the data behind them.

Imported when something has failed, by whoever tells of it; nothing of it costs a request or an
assertion that holds.

    criteria    what was wanted, described
    findings    what differs, and how far it sets a request apart: jsondiff, bodies, names
    nearest     which of many requests come nearest
    failure     the exception of a failed assertion: render, sidebyside
    unmatched   what is told of a request that no route answers: paths

Invariants: the text is bounded, and so is the work; nothing that a user's value or predicate does
makes the telling fail; a request that is as wanted has no differences.
"""
