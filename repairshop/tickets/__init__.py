"""The kernel: tickets, visits, stages, history, custody, links."""
