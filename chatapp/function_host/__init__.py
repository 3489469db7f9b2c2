"""The other side of the `function` provider: a process that runs a person's own function, free of eventlet.

It imports nothing else of the application, and once it runs it gives the name `chatapp` back, so that
a person's own module may have it.
"""
