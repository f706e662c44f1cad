"""Services of the window that work in the background: open runs, load data, train, replay, measure and diagnose."""
