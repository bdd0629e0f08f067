"""Who runs what, and where: instances, their leases, what changed about them, and who is told."""
