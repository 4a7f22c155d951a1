"""Migrations of the store, run by alembic: each makes the tables of one version from those of the version before."""
