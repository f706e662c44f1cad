"""The state that the window's parts share, and the ways to ask for more: the open runs, tasks, questions, messages."""
