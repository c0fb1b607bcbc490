"""A GitOps registry of OAuth 2.0 and OpenID Connect clients.

Kept empty but for the version, so that `clientreg --help` costs no more than importing click.
"""

__version__ = "0.1.0"
