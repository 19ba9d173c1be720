"""The morning and the provider of the tests of messages."""

from tests.notifications.conftest import morning, provider_settings, standin

__all__ = ["morning", "provider_settings", "standin"]
