"""What a finding is known by from one run to the next, for whoever keeps a list of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from clientreg.finding import Finding
from clientreg.report.printable import printable


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """One per finding, in their order; no two are the same.

    Made of file, rule, field and words, never of lines or positions in lists: a finding keeps its own when something is
    added above it or another finding comes and goes. Those that are alike in all of this are numbered as they stand in
    the file, the waived ones last.
    """
    seen: Counter[str] = Counter()
    made = [""] * len(findings)
    for index in sorted(range(len(findings)), key=lambda at: findings[at].waived is not None):
        identity = _identity(findings[index])
        made[index] = hashlib.sha256(f"{identity}{seen[identity]}".encode("ascii")).hexdigest()[:32]
        seen[identity] += 1
    return made


def _identity(finding: Finding) -> str:
    names = [step for step in finding.path if isinstance(step, str)]
    return json.dumps([finding.file, finding.code, names, printable(finding.message)])
