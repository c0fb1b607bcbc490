"""The real command in real processes, on registries of its own."""
