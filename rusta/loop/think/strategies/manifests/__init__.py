"""Repairs of what cargo itself refuses: manifests, the workspace, the lock file."""
