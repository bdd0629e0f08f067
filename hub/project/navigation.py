"""The look of the admin: django-unfold's settings. What it shows comes from the registry."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static


def _asset(path: str) -> Any:
    """Resolved at each request: static files' addresses are not known while settings are read."""
    return lambda request: static(path)


_TEAL = {
    "50": "oklch(98.4% .014 180.72)",
    "100": "oklch(95.3% .051 180.801)",
    "200": "oklch(91% .096 180.426)",
    "300": "oklch(85.5% .138 181.071)",
    "400": "oklch(77.7% .152 181.912)",
    "500": "oklch(70.4% .14 182.503)",
    "600": "oklch(54% .1 184.704)",
    "700": "oklch(48% .088 186.391)",
    "800": "oklch(43.7% .078 188.216)",
    "900": "oklch(38.6% .063 188.416)",
    "950": "oklch(27.7% .046 192.524)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "The hub",
    "SITE_HEADER": "The hub",
    "SITE_SUBHEADER": "Plugins, operations, access",
    "SITE_URL": None,
    "SITE_ICON": _asset("hub/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _asset("hub/logo.svg")}],
    "STYLES": [_asset("hub/admin.css")],
    "LOGIN": {"image": _asset("hub/login.svg")},
    "COLORS": {"primary": _TEAL},
    "BORDER_RADIUS": "8px",
    "SHOW_BACK_BUTTON": False,
    "DASHBOARD_CALLBACK": "hub.registry.dashboard.start_page",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "hub.registry.sidebar.sidebar",
    },
}
