"""What an apply would do and how dangerous it is: pure decisions on frozen data, no clock, network or disk."""
