"""PDF documents: receipt, label, diagnostic report."""
