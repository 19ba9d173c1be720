"""Two records of one person: found, put together after a preview, and taken apart again."""
