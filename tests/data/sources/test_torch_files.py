import os

import numpy as np
import pytest
import torch

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError

PICTURES = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
LABELS = torch.arange(40) % 4


def read(tmp_path, content):
    torch.save(content, tmp_path / "a.pt")
    return load(DataConfig(source=str(tmp_path / "a.pt")))


@pytest.mark.parametrize(
    "content",
    [(PICTURES, LABELS), {"images": PICTURES, "labels": LABELS, "note": "hi"}, {"data": {"x": PICTURES, "y": LABELS}}],
)
def test_samples_with_labels(tmp_path, content):
    data = read(tmp_path, content)
    np.testing.assert_array_equal(data.samples, PICTURES.numpy())
    assert data.labels.tolist() == LABELS.tolist() and data.description.value_range == (-1, 1)


def test_a_tensor_and_a_list_of_tensors(tmp_path):
    assert read(tmp_path, PICTURES.bfloat16()).samples.dtype == np.float32
    assert read(tmp_path, list(PICTURES)).samples.shape == (40, 1, 8, 8)


def test_weights_code_and_lies_are_refused(tmp_path):
    class Canary:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "canary"),)

    cases = {
        "these are the weights of a model": torch.nn.Linear(3, 4).state_dict(),
        "could run code": Canary(),
        "only 4 bytes are stored": torch.zeros(1).expand(1000, 10),
        "contains no tensors": {"a": 1},
    }
    for message, content in cases.items():
        with pytest.raises(DataError, match=message) as error:
            read(tmp_path, content)
        assert "\n" not in str(error.value)
    assert not (tmp_path / "canary").exists()


def test_pairs_and_names_of_classes(tmp_path):
    pairs = read(tmp_path, list(zip(PICTURES, LABELS.tolist(), strict=True)))
    np.testing.assert_array_equal(pairs.samples, PICTURES.numpy())
    assert pairs.labels.tolist() == LABELS.tolist()
    named = read(tmp_path, {"data": PICTURES, "targets": LABELS, "classes": ["ant", "bee", "cat", "dog"]})
    assert named.class_names == ("ant", "bee", "cat", "dog")
