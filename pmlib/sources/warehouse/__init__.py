"""Databases and published sheets become dated snapshots; addresses stay in the environment."""
