"""The child process of the `function` provider. It runs the user's function, without eventlet.

It imports nothing else of the application, and then releases the module name `chatapp`, so that a module of the
user may have it.
"""
