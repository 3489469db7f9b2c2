"""Providers that speak the Chat Completions API of OpenAI."""
