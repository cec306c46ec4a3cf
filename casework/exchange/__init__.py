"""Data in and out: rosters read from other people's files, tables written for other programs."""
