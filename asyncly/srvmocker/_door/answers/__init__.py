"""How a response is given: finished bytes, pauses, scripts, and what faults do to them."""
