"""Staff pages that show several features: counter home, bench board, ticket page, conflict page."""
