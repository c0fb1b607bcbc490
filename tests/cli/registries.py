"""The files of a small registry with nothing to report."""

SHOP = """\
product: Shop
client_name: Acme Shop
description: The web shop, where customers sign in to see their orders.
platform: web
application_type: web
client_type: confidential
scopes: [openid]
redirect_uris: [https://shop.example.com/cb]
single_sign_on: true
post_logout_redirect_uris: [https://shop.example.com/bye]
environments:
  test: {}
  live: {}
"""
FEED = """\
product: Feed
client_name: Acme Feed
description: A nightly job that publishes the list of products.
platform: service
application_type: web
client_type: confidential
scopes: [orders]
environments: {test: {}}
"""
ORGANIZATION = """\
name: Acme
domains: [example.com]
contacts: {{technical: [dev@example.com]}}
recipients: [{recipient}]
"""
SETTINGS = """\
version: 1
name: small
environments:
  test:
    class: test
    servers:
      local: {type: embedded, store: .clientreg/test.db, issuer: "http://127.0.0.1:8080"}
    credential_sinks:
      - {type: sealed-file, directory: handover, publish: none}
  live:
    class: production
    servers:
      local: {type: embedded, store: .clientreg/live.db, issuer: "http://127.0.0.1:8081"}
    credential_sinks:
      - {type: sealed-file, directory: handover, publish: none}
scopes:
  openid: {description: Sign in}
  orders: {description: Orders}
"""
IGNORED = ".clientreg/\nhandover/\n"
