"""What a shell sees of the command line: errors of usage, pages of help, completion, exit statuses."""
