"""Running generations: from the provider's stream to the stored message."""
