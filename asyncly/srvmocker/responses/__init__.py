"""The responses that can be registered for a handler, a module for each kind."""
