"""What every page needs from Flask: access, forms, filters, error pages, headers."""
