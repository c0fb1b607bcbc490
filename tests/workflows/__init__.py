"""The workflows' own steps, run as a runner runs them."""
