"""Doctor, health pages, audit."""
