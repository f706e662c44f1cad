"""What linear models are made of: their components as pictures, what they explain, and their angle to PCA."""
