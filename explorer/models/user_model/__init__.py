"""A live model of the user's behind the contract `LatentModel`."""
