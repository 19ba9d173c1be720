"""What the documents say."""

from repairshop.errors import Refused


class DocumentNotDrawn(Refused):
    """The drawing process could not make the document within its time and memory."""
