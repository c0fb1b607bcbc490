"""Fields and mandatory details, as the JSON Schemas have them.

These rules are enforced while files are read (`schema.py`); here are their words.
"""

from __future__ import annotations

from clientreg.repair import Fix, drop
from clientreg.rules import reading

_FORM = "Required registration details"

CR101 = reading(
    "CR101",
    title="mandatory detail is missing",
    why="""
        Without these details nobody can tell end users who asks for their data, or reach anyone when the client breaks.
    """,
    bad="""
        # raw: clients/acme/shop.yaml
        product: Acme Shop  # <-
        client_name: Acme Shop
        platform: ios
        application_type: native
        client_type: public
        scopes: [openid]
        environments: {test: {}}
    """,
    good="""
        description: The app of Acme's shops, in which customers order and see their receipts.
        platform: ios
    """,
    refs=(f"{_FORM}: Mandatory",),
)

CR102 = reading(
    "CR102",
    title="field is not known",
    why="""
        A misspelt field would be ignored in silence: a client without the setting that its author believes it has.
    """,
    bad="""
        redirect_uri: https://shop.acme.example/callback  # <-
    """,
    good="""
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=("RFC 7591 section 2", "schema/client.schema.json"),
)

CR103 = reading(
    "CR103",
    title="value is of another kind than the field",
    why="""
        Text stays text and a number a number: nothing is converted, because a guess that is wrong is registered.
    """,
    bad="""
        client_name: 2048  # <-
    """,
    good="""
        client_name: "2048"
    """,
    refs=(f"{_FORM}: Mandatory", "schema/client.schema.json"),
)

CR104 = reading(
    "CR104",
    title="value is not one of those that the field allows",
    why="""
        Defaults and checks follow from these words, so each has a meaning of its own. The message names the nearest.
    """,
    bad="""
        platform: andriod  # <-
    """,
    good="""
        platform: android
    """,
    refs=(f"{_FORM}: Technology/platform/device/OS", "schema/client.schema.json"),
)

CR105 = reading(
    "CR105",
    title="text has not the form that the field needs",
    why="""
        Days, life times and names are compared and computed with, so they are written in one way only.
    """,
    bad="""
        access_token_lifetime: 5 minutes  # <-
    """,
    good="""
        access_token_lifetime: 5m
    """,
    refs=("schema/client.schema.json",),
)

CR106 = reading(
    "CR106",
    title="too little or too much of something",
    why="""
        A description of two words tells a reviewer nothing, an empty list says nothing, and what no server can store
        is better refused here.
    """,
    bad="""
        description: Our web shop  # <-
    """,
    good="""
        description: Our web shop, where customers order, pay and follow their parcels.
    """,
    refs=(f"{_FORM}: Detailed description of the product/service", "schema/client.schema.json"),
)

CR107 = reading(
    "CR107",
    title="item stands twice in a list",
    why="""
        The second one means nothing, so it is most likely a copy that was to be changed.
    """,
    bad="""
        scopes: [openid, email, openid]  # <-
    """,
    good="""
        scopes: [openid, email]
    """,
    refs=("schema/client.schema.json",),
    fix=Fix("takes out the second one", drop),
)
