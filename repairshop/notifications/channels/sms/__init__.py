"""Texts to phones, through Twilio."""
