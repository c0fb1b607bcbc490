"""The embedded server type: an authorization server in the package, for trying out clients on one machine.

The management side (this folder) needs the standard library alone; the HTTP side is `provider/`, which needs the extra
`clientreg[embedded]`. Both meet in one SQLite file: `store.py`.
"""
