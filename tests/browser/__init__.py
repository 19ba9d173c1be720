"""Pages in the installed Chromium."""
