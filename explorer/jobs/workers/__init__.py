"""Worker threads for training, inference and other long tasks, and the mailbox that returns their results."""
