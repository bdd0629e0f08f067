"""Settings from the environment: defaults, shapes, and that wrong ones name no value."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.project.environment import Environment, read_environment, variables


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def test_nothing_needs_to_be_set() -> None:
    environment = read_environment()
    assert not environment.external
    assert environment.hosts == ["localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HUB_SECRET_KEY", "too-short-s3cret"),
        ("HUB_PUBLIC_URL", "hub.s3cret.example"),
        ("HUB_PUBLIC_URL", "https://hub.example/s3cret"),
        ("HUB_PUBLIC_URL", "https://hub.example:s3cret"),
        ("HUB_PUBLIC_URL", "https://user:s3cret@hub.example"),
        ("HUB_ALLOWED_HOSTS", "https://s3cret"),
        ("HUB_ALLOWED_HOSTS", "fine.example,s3cret/"),
        ("HUB_BEHIND_PROXY", "s3cret"),
        ("HUB_DEBUG", "s3cret"),
        ("HUB_STRICT", "s3cret"),
        ("HUB_DEFAULT_TIMEOUT", "0"),
        ("HUB_CHOOSE", "s3cret"),
        ("HUB_CLIENT_TIMEOUT", "0"),
        ("HUB_CLIENT_CONNECT_TIMEOUT", "s3cret"),
        ("HUB_CLIENT_CA", "/s3cret/ca.pem"),
        ("HUB_CLIENT_CERTIFICATE", "s3cret.pem"),
        ("HUB_DEFAULT_TIMEOUT", "inf"),
        ("HUB_DEFAULT_TIMEOUT", "nan"),
        ("HUB_DEFAULT_TIMEOUT", "s3cret"),
        ("HUB_WORKER_THREADS", "0"),
        ("HUB_WORKER_THREADS", "2.5"),
        ("HUB_MAX_BODY_BYTES", "s3cret"),
        ("HUB_LOG_LEVEL", "s3cret"),
        ("DATABASE_URL", "s3cret"),
        ("DATABASE_URL", "oracle://user:s3cret@host/name"),
        ("DATABASE_URL", "postgres://user:s3cret@host"),
        ("DATABASE_URL", "postgres://user@host:s3cret/name"),
        ("REDIS_URL", "http://s3cret:6379"),
        ("REDIS_URL", "redis://"),
        ("CELERY_BROKER_URL", "s3cret"),
        ("CELERY_BROKER_URL", "sqs://s3cret@host"),
        ("HUB_PUBLIC_URL", "https://[s3cret"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment()
    sentence = str(caught.value)
    assert sentence.startswith(f"wrong setting: {variable}: ")
    assert "s3cret" not in sentence
    assert "\n" not in sentence


def test_bytes_that_are_no_text_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "\udcff" * 40)
    with pytest.raises(ImproperlyConfigured, match="HUB_SECRET_KEY: must be UTF-8"):
        read_environment()


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DEBUG", "perhaps")
    monkeypatch.setenv("REDIS_URL", "nowhere")
    with pytest.raises(ImproperlyConfigured, match=r"HUB_DEBUG: .*; REDIS_URL: "):
        read_environment()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "")
    monkeypatch.setenv("DATABASE_URL", "")
    assert read_environment() == Environment()


@pytest.mark.parametrize("name", ["DEBUG", "SECRET_KEY", "STRICT", "hub_debug"])
def test_variables_of_other_programs_are_not_read(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert read_environment() == Environment()


def test_secrets_do_not_show() -> None:
    secret = "s3cret-" * 8
    shown = Environment(
        HUB_SECRET_KEY=secret,
        HUB_ADMIN_PASSWORD=secret,
        DATABASE_URL=f"postgres://user:{secret}@host/name",
        REDIS_URL=f"redis://:{secret}@host",
        CELERY_BROKER_URL=f"amqp://user:{secret}@host//",
        HUB_JWT_KEYS=json.dumps([{"kid": "a", "algorithm": "HS256", "key": secret}]),
    )
    assert "s3cret" not in f"{shown!r} {shown} {shown.model_dump()} {shown.model_dump_json()}"


def test_words_are_split_and_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_EXCLUDE_PLUGINS", " a, b ,,")
    assert read_environment().exclude_plugins == ("a", "b")


def test_the_public_address_is_a_host_to_answer_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PUBLIC_URL", "https://hub.example.com:8443/")
    environment = read_environment()
    assert environment.public_url == "https://hub.example.com:8443"
    assert environment.hosts[0] == "hub.example.com"
    assert environment.https


@pytest.mark.parametrize(
    ("variable", "value", "module", "extra"),
    [
        ("DATABASE_URL", "postgres://user@host/name", "psycopg", "postgres"),
        ("REDIS_URL", "redis://host", "channels_redis", "redis"),
        ("CELERY_BROKER_URL", "redis://host", "redis", "redis"),
    ],
)
def test_a_missing_driver_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, module: str, extra: str
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(
        "hub.project.service_addresses.find_spec", lambda name: name != module or None
    )
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment()
    assert str(caught.value).startswith(f"wrong setting: {variable}: its driver is not installed")
    assert f"django-service-hub[{extra}]" in str(caught.value)
