"""The embedded authorization server over real sockets, as clients and browsers meet it."""
