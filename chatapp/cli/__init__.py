"""Commands of `python -m chatapp` for who develops and who operates."""
