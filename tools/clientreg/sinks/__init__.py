"""The places that credentials are delivered to. One file each; found by name."""
