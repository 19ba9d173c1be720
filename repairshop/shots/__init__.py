"""The guided photos of a check-in, from the counter's camera, from files, or from a phone by QR."""
