"""The demonstration: a service in one process, a client in another, each request accounted for.

Started by ``make demo`` or ``python -m examples.demo``.  The modules, in the order in which they
depend on each other:

* ``catalogue``: the routes and matchers, and how to make a request that each of them must catch;
* ``ledger``: the accounting, pure: what was sent, answered and recorded must balance;
* ``report``: the progress line and the table;
* ``server``: the process that runs the mock service;
* ``client``: the load, an aiohttp client;
* ``__main__``: arguments, the two processes, the exit status.
"""
