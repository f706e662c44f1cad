"""Pictures of a folder, an archive or a table: their files, their form, their classes, and how they become samples."""
