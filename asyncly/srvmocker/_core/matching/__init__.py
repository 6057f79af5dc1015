"""Which route a request selects, and what it takes for a request to be as wanted.

    routing     method and path -> a group of routes, or why there is none
    given       one criterion of a user's, compiled: a predicate, and what is known of it
    criteria    all criteria of a match together: fields, expected, schemas
    dispatch    the first route of a group that holds: lookup, needles

Invariants: to match is pure but for a user's own predicates; whether something holds does not
depend on how it is found out.
"""
