"""How well a model explains the data: terms of the loss and log p(x), in nats per sample."""
