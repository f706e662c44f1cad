"""Logs a training to TensorBoard, MLflow or Weights & Biases while it runs."""
