"""What every reader of files uses: the limits of what a file may take, and the guard around readers."""
