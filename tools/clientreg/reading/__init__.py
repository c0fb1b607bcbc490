"""Files to data and the place of every value; findings for bad input, which never raises."""
