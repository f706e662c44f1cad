"""What the decoder makes of codes: how close decodes are to samples, and how they change with z."""
