"""Seeds a generator for each purpose and step, so that no training draws from torch's global generator.

The window draws random numbers while a model trains. With one generator per (seed, purpose, step), these draws cannot
change the weights, and a resumed training draws the same numbers as an uninterrupted one.
"""

import hashlib

import torch


def generator(seed: int, purpose: str, step: int = 0) -> torch.Generator:
    """Return a CPU generator whose numbers depend on the arguments alone."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)  # 63 bits: torch takes a signed seed
