"""What a file must be before anybody looks at its meaning: readable, unambiguous, and in its place.

These rules are enforced while files are read (`source.py`, `encoding.py`, `registry.py`); here are their words.
"""

from __future__ import annotations

from clientreg.rules import reading

_YAML = "YAML 1.2.2"

CR001 = reading(
    "CR001",
    title="file is not valid YAML",
    why="""
        A file that cannot be read is a client that nobody can check. What was applied before stays as it is
        until the file is repaired.
    """,
    bad="""
        # raw: clients/acme/shop.yaml
        client_name: Acme Shop
        redirect_uris: [http://[::1]/callback]  # <-
    """,
    good="""
        platform: cli
        redirect_uris: ["http://[::1]/callback"]
    """,
    refs=(f"{_YAML} section 7.3.3",),
)

CR002 = reading(
    "CR002",
    title="file is not UTF-8 text",
    why="""
        Tools guess differently at other encodings, so two readers would see two names. Control characters and
        the like cannot be seen in a review. A byte order mark and Windows line ends are fine.
    """,
    bad="""
        client_name: Acme\ufeff Shop  # <-
    """,
    good="""
        client_name: Café Acme
    """,
    refs=(f"{_YAML} section 5.2", "RFC 3629"),
)

CR003 = reading(
    "CR003",
    title="file is too large, too deep or holds too many values",
    why="""
        A client file is a page of text. Limits far above that keep a single file from exhausting the memory of
        whoever reads it.
    """,
    bad=f"""
        purpose: {"[" * 40}{"]" * 40}  # <-
    """,
    good="""
        purpose: {openid: Shows who is signed in}
    """,
    refs=("clientreg: at most 256 KiB, 32 levels, 20,000 values",),
)

CR004 = reading(
    "CR004",
    title="anchors, aliases and merge keys are not read",
    why="""
        With an alias the value that counts stands somewhere else than the line a reviewer looks at, and a short
        file can unfold into a huge one.
    """,
    bad="""
        product: &name Acme Shop  # <-
        client_name: Acme Web Shop
    """,
    good="""
        product: Acme Shop
        client_name: Acme Shop
    """,
    refs=(f"{_YAML} section 7.1", "RFC 9512 section 4"),
)

CR005 = reading(
    "CR005",
    title="tags and directives are not read",
    why="""
        A tag makes a program treat a value as something else than what it looks like; in some programs it runs code.
        Text, numbers, true, false and null need none.
    """,
    bad="""
        client_name: !!str Acme Shop  # <-
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=(f"{_YAML} section 6.9.1", "RFC 9512 section 4"),
)

CR006 = reading(
    "CR006",
    title="key stands twice",
    why="""
        Programs differ on which of the two counts: one reviewer would read the first, a server be told the second.
    """,
    bad="""
        client_name: Acme Shop
        client_name: Acme Store  # <-
    """,
    good="""
        client_name: Acme Shop
        client_name#nb: Acme-butikken
    """,
    refs=(f"{_YAML} section 3.2.1.3",),
)

CR007 = reading(
    "CR007",
    title="key is not text",
    why="""
        Every field has a name. A number, a list or nothing before the colon is a slip of the hand that no field could
        be meant by.
    """,
    bad="""
        42: Acme Shop  # <-
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=(f"{_YAML} section 10.2.1.2",),
)

CR008 = reading(
    "CR008",
    title="file holds several documents",
    why="""
        One file is one client: its path is its identity. A second document would have none.
    """,
    bad="""
        # raw: clients/acme/shop.yaml
        client_name: Acme Shop
        ---  # <-
        client_name: Acme Store
    """,
    good="""
        client_name: Acme Shop
        # file: clients/acme/store.yaml
        client_name: Acme Store
        product: Acme Store
    """,
    refs=(f"{_YAML} section 9.2",),
)

CR009 = reading(
    "CR009",
    title="file is empty or holds no fields",
    why="""
        An empty file says nothing, so nothing can be registered for it. To remove a client, delete its file.
    """,
    bad="""
        # raw: clients/acme/shop.yaml  # <-
        # to be done
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=(f"{_YAML} section 10.2",),
)

CR010 = reading(
    "CR010",
    title="merge conflict was not resolved",
    why="""
        Git left both versions in the file. Only a person knows which one is right.
    """,
    bad="""
        # raw: clients/acme/shop.yaml
        <<<<<<< HEAD  # <-
        client_name: Acme Shop
        =======
        client_name: Acme Store
        >>>>>>> rename
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=("git-merge(1), How conflicts are presented",),
)

CR011 = reading(
    "CR011",
    title="file under clients/ is not one that is read",
    why="""
        Whoever put it there believes that it counts. A file that is passed over in silence is a client that is lost, so
        wrong endings, nested folders and hidden files are errors. What Git ignores and does not track is skipped.
    """,
    bad="""
        # raw: clients/acme/store.yml  # <-
        client_name: Acme Store
    """,
    good="""
        # file: clients/acme/store.yaml
        client_name: Acme Store
    """,
    refs=("clientreg: one client per clients/<organization>/<name>.yaml",),
)

CR012 = reading(
    "CR012",
    title="file is a symbolic link",
    why="""
        A link can lead out of the repository, to what reviewers never see. No link under clients/ is followed.
    """,
    bad="""
        client_name: Acme Shop
        # link: clients/acme/store.yaml -> shop.yaml  # <-
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=("CWE-59",),
)

CR013 = reading(
    "CR013",
    title="two names differ only by case or Unicode form",
    why="""
        On Windows and macOS two such files are one file: who checks out the repository there loses one of them.
    """,
    bad="""
        # raw: clients/acme/readme.md  # <-
        # file: clients/acme/README.md
        Our clients.
    """,
    good="""
        # file: clients/acme/README.md
        Our clients.
    """,
    refs=("git-config(1), core.ignoreCase", "Unicode Standard Annex 15"),
)

CR014 = reading(
    "CR014",
    title="name of a file or folder cannot be part of a client id",
    why="""
        The client id is made of the folder's and the file's name. With only a-z, 0-9 and single hyphens it can stand in
        a URL, in a scheme and in the configuration of every server.
    """,
    bad="""
        # raw: clients/acme/Web_Shop.yaml  # <-
        client_name: Acme Shop
    """,
    good="""
        # file: clients/acme/web-shop.yaml
        client_name: Acme Shop
    """,
    refs=("RFC 6749 section 2.2", "RFC 3986 section 2.3"),
)

CR015 = reading(
    "CR015",
    title="folder has no organization.yaml",
    why="""
        A client belongs to a company or organization whose name is on record; the registration form asks for it first.
    """,
    bad="""
        # absent: clients/acme/organization.yaml
        # file: clients/acme/shop.yaml  # <-
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=("Required registration details: Company/organization name",),
)

CR017 = reading(
    "CR017",
    title="there is no registry.yaml",
    why="""
        It says which environments and scopes exist and how strictly clients are judged; without it nothing can be.
    """,
    bad="""
        # absent: registry.yaml  # <-
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=("clientreg: registry.yaml is the operator's file",),
)

CR018 = reading(
    "CR018",
    title="there is no registry.yaml to judge a change by",
    why="""
        A branch does not choose the rules that it is judged by: scopes, environments and severities are those of the
        commit that it is to be merged into. The first registry.yaml, and one that mends a broken one, has no judge but
        an owner of the registry, who merges it knowingly.
    """,
    bad="""
        # before-absent: registry.yaml
        # absent: clients/acme/shop.yaml
        # file: registry.yaml
        version: 1  # <-
        name: acme
        environments: {}
    """,
    good="""
        client_name: Acme Shop
    """,
    refs=("clientreg: what judges a change comes from the trusted side",),
)
