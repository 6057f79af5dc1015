"""Load from a second process: wrk where it is installed, otherwise our own raw-socket client.

Both send exactly the number of requests of the plan and end when the last answer has been read, so
what was answered can be compared with what was recorded, to the request.
"""
