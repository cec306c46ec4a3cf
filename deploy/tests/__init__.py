"""The smoke test of an installation for many."""
