"""The subcommands of `python -m chatapp` for developers and operators."""
