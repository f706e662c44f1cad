"""What is open and running: the runs, their trainings, figures and notices."""
