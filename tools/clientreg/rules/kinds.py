"""What kind of client a registration is: one that is installed, or one that users reach with a browser.

Where platform and application type contradict each other it is neither: that is one mistake, which must not become
several, and nobody knows yet which of the two is wrong.
"""

from __future__ import annotations

from clientreg.model import Registration, application_type_of


def native(registration: Registration) -> bool:
    """Whether it is installed on a device."""
    return registration.application_type == "native" and application_type_of(registration.platform) != "web"


def web(registration: Registration) -> bool:
    """Whether it runs on a web server or in a page."""
    return registration.application_type == "web" and application_type_of(registration.platform) != "native"
