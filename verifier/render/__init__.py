"""One file per output format; leaves of the house."""
