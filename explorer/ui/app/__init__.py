"""The application: its start, the main window and its layout."""
