"""The threads: training, inference, and whatever else takes long."""
