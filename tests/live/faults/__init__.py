"""What goes wrong: upstream faults, kills, restarts, wrong starts, wrong guesses."""
