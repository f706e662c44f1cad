"""Directions in latent space: traversals along them, principal directions, attribute vectors."""
