"""Routes from data: from what a file says, or a literal, to `MockRoute` objects.

    schema      what the data looks like, as msgspec structs, and the errors of those
    teller      errors that name file, key and what was expected
    matches     data -> Match
    answers     data -> responses; faults -> what spoils them
    data        all together: the routes of a file

Imported by the first `load_routes`, since it needs an extra.
"""
