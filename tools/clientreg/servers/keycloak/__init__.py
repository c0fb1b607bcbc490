"""The server type Keycloak: the clients of one realm, through its Admin REST API."""
