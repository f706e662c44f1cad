"""What goes wrong in a training, said in plain sentences with what to try; one file per trouble, Qt-free."""
