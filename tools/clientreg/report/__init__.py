"""One file per output format: pure functions from results to text, each escaping for its medium at the last step."""
