"""The provider for servers with OpenAI's Chat Completions API."""
