"""The forwarding proxy's server side."""
