"""What stands around a registry: the files that its code host reads."""
