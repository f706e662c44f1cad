"""The status line below the planes: legend, one sentence, messages, replay."""
