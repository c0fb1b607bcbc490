"""What kind of client a registration is: one that is installed, or one that users reach with a browser.

Where platform and application type contradict each other it is neither: that is one mistake, which must not become
several, and nobody knows yet which of the two is wrong.
"""

from __future__ import annotations

from clientreg.defaults import application_type_of
from clientreg.model import Registration


def native(registration: Registration) -> bool:
    """Whether it is installed on a device."""
    return is_native(registration.platform, registration.application_type)


def web(registration: Registration) -> bool:
    """Whether it runs on a web server or in a page."""
    return is_web(registration.platform, registration.application_type)


def is_native(platform: str, application_type: str) -> bool:
    """The same of what a file states."""
    return application_type == "native" and application_type_of(platform) != "web"


def is_web(platform: str, application_type: str) -> bool:
    """The same of what a file states."""
    return application_type == "web" and application_type_of(platform) != "native"
