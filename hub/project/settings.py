"""One settings file for development and production; the environment decides (environment.py)."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import hub
from hub.loader.discovery import discover
from hub.loader.starts import starts
from hub.project import parts
from hub.project.environment import check_labels, read_environment, sources_or_stop
from hub.project.logs import logging_settings, protect_secrets
from hub.project.navigation import UNFOLD as UNFOLD
from hub.project.setting_values import words
from hub.project.state import secret_key

HUB_SOURCES = sources_or_stop()
ENVIRONMENT = read_environment(HUB_SOURCES)

PACKAGE_DIR = Path(hub.__file__).parent
# In a checkout templates/ and static/ stand beside the package; in a wheel they are inside it.
_ASSETS = PACKAGE_DIR if (PACKAGE_DIR / "templates").is_dir() else PACKAGE_DIR.parent

SECRET_KEY = secret_key(ENVIRONMENT)
protect_secrets(ENVIRONMENT, SECRET_KEY)
SECRET_KEY_FALLBACKS = words(ENVIRONMENT.secret_key_fallbacks)
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.hosts

_STOCK_APPS = [
    "hub.project",  # before staticfiles: its runserver is daphne's
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",  # the loader discovers admin modules, guarded
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "hub.operations",
]

# ── Plugins ──────────────────────────────────────────────────────────────────────────────────
starts.tell(sys.stderr if ENVIRONMENT.trace_plugins else None)
HUB_DISCOVERY = discover(
    folders=[Path(folder) for folder in ENVIRONMENT.plugin_dirs],
    only=frozenset(ENVIRONMENT.only_plugins),
    exclude=frozenset(ENVIRONMENT.exclude_plugins),
    builtin=(
        "hub.security",
        "hub.registry",
        "hub.health",
        "hub.schedules",
        "hub.logs",
        "hub.runtime",
        "hub.registry.consul",
    ),
    reserved=frozenset(app.rpartition(".")[2] for app in _STOCK_APPS)
    | {
        "admin",
        "unfold_filters",
        "hub_operations",
        "hub_rpc",
        "hub_web",
        "hub_project",
        "hub_loader",
    },
)
check_labels(HUB_SOURCES, HUB_DISCOVERY.labels)
HUB_STRICT = ENVIRONMENT.strict
HUB_DEFAULT_TIMEOUT = ENVIRONMENT.default_timeout
HUB_WORKER_THREADS = ENVIRONMENT.worker_threads
HUB_START_TIMEOUT = ENVIRONMENT.start_timeout
HUB_STOP_TIMEOUT = ENVIRONMENT.stop_timeout
HUB_LEASE_SECONDS = ENVIRONMENT.lease_seconds
HUB_LEASE_RENEWAL = ENVIRONMENT.lease_renewal
HUB_LEASE_REMOVE_AFTER = ENVIRONMENT.lease_remove_after
HUB_LEASE_SWEEP = ENVIRONMENT.lease_sweep
HUB_LEASE_PRESERVATION = ENVIRONMENT.lease_preservation
HUB_LEASE_PRESERVATION_FROM = ENVIRONMENT.lease_preservation_from
HUB_LEASE_EVICTION_CAP = ENVIRONMENT.lease_eviction_cap
HUB_LEASE_PROTECTION = ENVIRONMENT.lease_protection
HUB_CALLS = ENVIRONMENT.calls
HUB_OUTBOUND_ALLOW = ENVIRONMENT.outbound_allow
HUB_MAX_BODY_BYTES = ENVIRONMENT.max_body_bytes
HUB_GRAPHQL_INTROSPECTION = ENVIRONMENT.graphql_introspection
HUB_DATA_DIR = ENVIRONMENT.data_dir.resolve()

INSTALLED_APPS = [
    *_STOCK_APPS,
    *HUB_DISCOVERY.installed_apps,
    "hub.rpc",
    "hub.web",
    "hub.loader",  # last: its ready() reads every plugin's modules
]

# ── Web ──────────────────────────────────────────────────────────────────────────────────────
ROOT_URLCONF = "hub.project.urls"
ASGI_APPLICATION = "hub.project.asgi.application"
TEST_RUNNER = "hub.testing.runner.HubTestRunner"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hub.web.nul_characters.NoNulCharacters",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hub.web.trails.SignedInUser",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_ASSETS / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [_ASSETS / "static"]
STATIC_ROOT = HUB_DATA_DIR / "static"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# ── Parts: embedded unless the environment names a service ───────────────────────────────────
DATABASES = {"default": parts.database(ENVIRONMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = parts.caches(ENVIRONMENT)
CHANNEL_LAYERS = parts.channel_layers(ENVIRONMENT)
globals().update({f"CELERY_{name}": value for name, value in parts.celery(ENVIRONMENT).items()})

# ── Security ─────────────────────────────────────────────────────────────────────────────────
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
HUB_JWT_KEYS = ENVIRONMENT.jwt_keys.get_secret_value() if ENVIRONMENT.jwt_keys else "[]"
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url] if ENVIRONMENT.public_url else []
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.behind_proxy else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = HUB_MAX_BODY_BYTES

# ── Language, time, logs ─────────────────────────────────────────────────────────────────────
USE_TZ = True
FORMAT_MODULE_PATH = ["hub.project.formats"]
TIME_ZONE = "UTC"
LOGGING = logging_settings(ENVIRONMENT)
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG  # else two lines for every task

# ── Libraries ────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["hub.security.drf.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hub.web.rest.json_bodies.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hub.web.problems.drf_exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "The hub",
    "VERSION": hub.__version__,
    "OAS_VERSION": "3.1.1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    # Two kinds of rows have a field of the name "state".
    "ENUM_NAME_OVERRIDES": {
        "PluginState": "hub.registry.models.Plugin.State",
        "OperationState": "hub.registry.models.Operation.State",
    },
}
