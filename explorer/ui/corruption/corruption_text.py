"""What the bench says in words. No Qt."""

import math

from explorer.jobs.queries.corruption_question import NotRestored
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.metrics.decoder.restored_sample import RestoredSample
from explorer.rendering.differences import decibels
from explorer.rendering.drawing import number


def ratio_words(ratio: float | None, missing: str) -> str:
    """Say a signal-to-noise ratio, or why there is none."""
    return f"PSNR not defined: {missing}" if ratio is None else f"PSNR {decibels(ratio)}"


def gain_words(restored: RestoredSample) -> str:
    """Say the restoration's ratio, and what it has gained on the corrupted sample's."""
    words = ratio_words(restored.psnr_restored, restored.no_psnr)
    before, after = restored.psnr_corrupted, restored.psnr_restored
    if before is None or after is None or math.isinf(before) or math.isinf(after):
        return words
    return f"{words} ({after - before:+.1f} dB)".replace("-", "−")


def code_words(run: OpenRun, restored: RestoredSample) -> str:
    """Say how far the corrupted sample's code is from the clean one's, in latent units."""
    row = run.plane.row_of(restored.sample) if run.plane is not None else None
    if run.plane is None or row is None:
        return ""
    distance = math.dist(map(float, restored.z), map(float, run.plane.mean[row]))
    return f"its code is {number(distance, 3)} latent units from the code of the clean sample (□ on the plane)"


def lack_words(answer: RestoredSample | NotRestored | None, run: OpenRun) -> str:
    """Say why there is no restoration; "" where there is one."""
    if isinstance(answer, NotRestored):
        return answer.why[:1].upper() + answer.why[1:]
    if answer is None:
        return (run.missing_data or "") and f"Not shown: {run.missing_data}"
    return ""
