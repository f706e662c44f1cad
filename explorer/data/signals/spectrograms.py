"""Log-mel spectrograms: pictures of the spectrum of a recording over time, as the field draws speech and music.

Mel bands are narrow at low and wide at high frequencies, as hearing is: mel = 2595 log10(1 + f / 700) (O'Shaughnessy,
Speech Communication, 1987).
"""

import numpy as np
from numpy.typing import NDArray

BANDS = 64
"""Default number of mel bands and of frames."""
RANGE_DB = 80.0
"""Levels more than this below the loudest one are shown as silence."""
WINDOW_SECONDS = 0.032
_FLOOR = 1e-10
"""Minimum power, -100 dB: digital silence has none, and no logarithm."""


def log_mel(waveform: NDArray[np.float32], rate: int, bands: int) -> NDArray[np.float32]:
    """Return the levels of a recording, ``(bands, bands)`` in dB of full scale: low frequencies at the bottom.

    Parameters
    ----------
    waveform
        ``(T,)``, values within [-1, 1].
    rate
        Samples per second.
    bands
        Number of mel bands, and of frames at equal distances.
    """
    window = window_length(rate, bands)
    padded = np.pad(waveform, (0, max(0, window - len(waveform))))
    starts = np.linspace(0, len(padded) - window, bands).round().astype(int)
    frames = np.stack([padded[start : start + window] for start in starts]) * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / np.sum(np.hanning(window)) ** 2
    levels = 10 * np.log10(np.maximum(power @ mel_filters(rate, window, bands).T, _FLOOR))
    picture: NDArray[np.float32] = np.ascontiguousarray(levels.T[::-1], dtype=np.float32)
    return picture


def window_length(rate: int, bands: int) -> int:
    """Return the length of a frame in samples: the largest power of 2 within 32 ms, or within 4 samples per band.

    The longer of both is taken, as the frequencies of a short frame are too few for many bands.
    """
    return 1 << max(int(rate * WINDOW_SECONDS), 4 * bands).bit_length() - 1


def mel_filters(rate: int, window: int, bands: int) -> NDArray[np.float64]:
    """Return triangular filters ``(bands, window // 2 + 1)`` at equal distances in mel, each with weights of sum 1."""
    edges = 700 * (10 ** (np.linspace(0, _mel(rate / 2), bands + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(window, 1 / rate)
    low, middle, high = edges[:-2, np.newaxis], edges[1:-1, np.newaxis], edges[2:, np.newaxis]
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    filters = np.maximum(0, np.minimum(rising, falling))
    # A band narrower than the distance of two frequencies takes the nearest one.
    for band in np.flatnonzero(filters.sum(axis=1) == 0):
        filters[band, np.argmin(np.abs(frequencies - edges[band + 1]))] = 1
    weights: NDArray[np.float64] = filters / filters.sum(axis=1, keepdims=True)
    return weights


def _mel(frequency: float) -> float:
    return float(2595 * np.log10(1 + frequency / 700))
