"""The dialog that opens data: what was understood, the roles of columns, settings, recipes."""
