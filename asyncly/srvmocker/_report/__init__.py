"""The report for people: one page of HTML, and the same as JSON.

Data in, text out. `data.py` says what a report is made of, `summary.py` counts and sorts it,
`document.py` writes the figures as JSON, `charts.py` turns them into marks, `page.py` draws the
page, and `files.py` is the only module that touches a disk. Nothing here knows a server.

Imports are the standard library's, and Jinja2's (the `report` extra), which only the page needs and
which is imported when the first one is drawn: an engine for templates is not ours to write.
"""
