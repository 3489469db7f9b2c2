"""Faults: of the upstream, kills, restarts, wrong starts, wrong passwords."""
