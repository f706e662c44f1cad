"""Trained models for other programs: a plain module, its source, its weights, and ONNX."""
