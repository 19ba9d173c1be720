"""Settings: read once, checked, and each mistake named in one sentence with an example."""

import os
import stat

import pytest

from config import Config, Mode, SettingError, load_config
from script.write_configuration import PAGE, configuration

SECRETS = {name: name.lower().ljust(40, "-") for name in ("SECRET_KEY", "LINK_KEY", "VAULT_KEY")}
PRODUCTION = SECRETS | {"REPAIRSHOP_MODE": "production", "PUBLIC_URL": "https://repair.example.com"}


def load(**given: str) -> Config:
    return load_config(PRODUCTION | given)


def test_production_settings_are_read():
    config = load(TRUSTED_HOSTS="repair.example.com, repair.internal", PROXY_HOPS="2")

    assert config.mode is Mode.PRODUCTION
    assert config.is_https
    assert config.allowed_hosts == ["repair.example.com", "repair.internal"]
    assert config.proxy_hops == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("REPAIRSHOP_MODE", "live", "REPAIRSHOP_MODE must be production or development, not 'live'"),
        ("SECRET_KEY", "short", "SECRET_KEY is missing or shorter than 32 characters"),
        ("LINK_KEY", "", "LINK_KEY is missing or shorter than 32 characters"),
        ("VAULT_KEY", "", "VAULT_KEY is missing or shorter than 32 characters"),
        ("VAULT_KEY", SECRETS["LINK_KEY"], "VAULT_KEY must differ from SECRET_KEY and LINK_KEY"),
        ("PUBLIC_URL", "repair.example.com", "PUBLIC_URL must be an address that starts with http"),
        ("PUBLIC_URL", "http://repair.example.com", "PUBLIC_URL must be the https address"),
        ("DATABASE_URL", "mysql://db/shop", "DATABASE_URL must start with postgresql:// or sqlite:///"),
        ("PROXY_HOPS", "one", "PROXY_HOPS must be a whole number, not 'one'"),
        ("SMTP_URL", "mail.example.com:25", "SMTP_URL must start with smtp://"),
        ("SMTP_URL", "smtps://mail.example.com", "MAIL_FROM is missing while SMTP_URL is set"),
        ("TWILIO_ACCOUNT_SID", "AC1", "TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits"),
        (
            "TWILIO_ACCOUNT_SID",
            "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN is missing while TWILIO_ACCOUNT_SID is set",
        ),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be debug, info, warning or error, not 'loud'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be lines or json, not 'xml'"),
    ],
)
def test_mistake_is_named_with_an_example(name, value, sentence):
    with pytest.raises(SettingError) as caught:
        load(**{name: value})

    named = sentence.split()[0]
    assert str(caught.value).startswith(sentence)
    assert f"for example {named}=" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_twilio_needs_a_sender():
    with pytest.raises(SettingError, match=r"^TWILIO_FROM is missing"):
        load(TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="0" * 32)


def test_twilios_secret_never_travels_in_the_open():
    given = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "TWILIO_FROM": "+15005550006",
    }

    with pytest.raises(SettingError, match=r"^TWILIO_API_BASE must start with https"):
        load(TWILIO_API_BASE="http://api.example.com", **given)

    assert load(TWILIO_API_BASE="http://127.0.0.1:5620", **given).twilio_api_base == "http://127.0.0.1:5620"


def test_production_has_no_demo_password():
    with pytest.raises(SettingError, match=r"^DEMO_PASSWORD"):
        load(DEMO_PASSWORD="a sentence of our own")


def test_development_makes_secrets_that_only_we_can_read(tmp_path):
    config = load_config({"REPAIRSHOP_DATA": str(tmp_path)})

    assert len({config.secret_key, config.link_key, config.vault_key}) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert load_config({"REPAIRSHOP_DATA": str(tmp_path)}) == config


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_data_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(SettingError, match=r"^REPAIRSHOP_DATA"):
        load_config({"REPAIRSHOP_DATA": str(tmp_path / "data")})


def test_data_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "data").write_text("")

    with pytest.raises(SettingError, match=r"^REPAIRSHOP_DATA cannot be written"):
        load_config({"REPAIRSHOP_DATA": str(tmp_path / "data")})


def test_production_never_makes_secrets(tmp_path):
    with pytest.raises(SettingError, match=r"^SECRET_KEY is missing"):
        load_config(
            {
                "REPAIRSHOP_MODE": "production",
                "REPAIRSHOP_DATA": str(tmp_path),
                "PUBLIC_URL": "https://repair.example.com",
            }
        )

    assert list(tmp_path.iterdir()) == []


def test_postgresql_is_reached_through_psycopg():
    config = load(DATABASE_URL="postgres://app@db/shop", DATABASE_MIGRATION_URL="postgresql://owner@db/shop")

    assert config.sqlalchemy_url == "postgresql+psycopg://app@db/shop"
    assert config.migration_url == "postgresql+psycopg://owner@db/shop"


def test_migrations_use_the_ordinary_address_unless_told_otherwise(tmp_path):
    config = load(REPAIRSHOP_DATA=str(tmp_path))

    assert config.migration_url == config.sqlalchemy_url == f"sqlite:///{tmp_path}/repairshop.db"


def test_page_of_settings_is_current():
    assert PAGE.read_text() == configuration(), "run script/docs"


def test_repr_shows_no_secret():
    config = load(SMTP_URL="smtps://user:opensesame@mail.example.com", MAIL_FROM="repairs@example.com")

    assert not any(secret in repr(config) for secret in [*SECRETS.values(), "opensesame"])
