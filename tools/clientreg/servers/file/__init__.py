"""Servers configured by a file: node oidc-provider, whose clients are one JSON file, read at its start."""
