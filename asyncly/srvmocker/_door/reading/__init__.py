"""From bytes to whole, valid requests; no sockets."""
