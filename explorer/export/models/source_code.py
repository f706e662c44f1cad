"""A plain module as a folder with readable source and weights: ``model.py`` and ``weights.pt`` need torch alone."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn

from explorer.runs.files import replace_bytes

SOURCE, WEIGHTS = "model.py", "weights.pt"
_RELEASED = re.compile(r";(  \w+ =( \w+ =)* None)+")
"""How fx releases values in the middle of a line, which only makes the code harder to read."""

_SLICE = re.compile(r"slice\((None|-?\d+), (None|-?\d+), None\)")

_HEAD = '''"""A trained model as plain PyTorch, written by Latent Explorer {version}.

    from model import load

    model = load()
{usage}
"""

from pathlib import Path

import torch
from torch import nn

ABOUT = {about}


'''
_LOAD = """def load(weights=Path(__file__).with_name("weights.pt")):
    \"\"\"Return the model with its weights, in evaluation mode.\"\"\"
    model = Model()
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model.eval()
"""


def save_torch_folder(folder: Path, source: str, weights: Mapping[str, Tensor]) -> None:
    """Write source and weights into a folder."""
    content = io.BytesIO()
    torch.save(dict(weights), content)
    folder.mkdir(exist_ok=True)
    # Weights first: source without its weights would fail, weights alone do no harm.
    replace_bytes(folder / WEIGHTS, content.getvalue())
    replace_bytes(folder / SOURCE, source.encode())


def model_of(source: str, weights: Mapping[str, Tensor]) -> nn.Module:
    """Return the model that a source defines, as it would be after ``load``, in evaluation mode."""
    # Code that this program has just written, with the names of the data as literals; files are never run.
    found: dict[str, Any] = {"__name__": "model", "__file__": SOURCE}
    exec(compile(source, SOURCE, "exec"), found)
    model: nn.Module = found["Model"]()
    model.load_state_dict(dict(weights))
    return model.eval()


def weights_of(parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return the tensors of the parts by name, as ``model.py`` has them."""
    # Copies: a tensor that two parts share would be stored once, with both as views of it.
    return {
        f"{name}.{key}": value.detach().clone().contiguous()
        for name, part in parts.items()
        for key, value in part.state_dict().items()
    }


def source_of(parts: Mapping[str, fx.GraphModule], about: Mapping[str, Any]) -> str:
    """Return Python code that defines the parts as classes, `Model` of both, and the function ``load``."""
    # As literals: names of the data must not become code.
    facts = ",\n".join(f"    {name!r}: {value!r}" for name, value in about.items())
    head = _HEAD.format(version=about["version"], usage=_usage(parts, about), about=f"{{\n{facts},\n}}")
    classes = [_class_of(name.title(), part) for name, part in parts.items()]
    return head + "\n\n\n".join([*classes, _model_class(parts, about), _LOAD])


def _usage(parts: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    shape = ", ".join(map(str, about["shape"]))
    classes = ", condition" if about["takes_class"] else ""
    lines = []
    if "encoder" in parts:
        found = "mean, log_variance" if about["has_log_variance"] else "mean"
        lines.append(f"    {found} = model.encode(x{classes})  # x: (n, {shape}) float32, in the samples' own units")
    lines.append(f"    x = model.decode(z{classes})  # z: (n, {about['latent_dim']}) float32")
    if classes:
        lines.append('    # condition: (n,) int64, indices into ABOUT["class_names"], or -1 for unknown')
    return "\n".join(lines)


def _class_of(title: str, part: fx.GraphModule) -> str:
    """Return the class of an encoder or decoder: its layers, its other tensors, and what it computes."""
    lines = [f"class {title}(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.{name} = nn.{layer!r}" for name, layer in part.named_children()]
    lines += [f"        self.{name} = nn.Parameter({_empty(value)})" for name, value in _own(part.named_parameters)]
    lines += [f"        self.register_buffer({name!r}, {_empty(value)})" for name, value in _own(part.named_buffers)]
    code = _RELEASED.sub("", part.code).strip()
    code = _SLICE.sub(lambda found: ":".join("" if end == "None" else end for end in found.groups()), code)
    code = re.sub(r"\[\(([^()]*:[^()]*)\)\]", r"[\1]", code)  # x[(:, :2)] is written x[:, :2]
    lines += ["", *(f"    {line}".rstrip() for line in code.splitlines())]
    return "\n".join(lines)


def _own(named: Any) -> list[tuple[str, Tensor]]:
    return list(named(recurse=False))


def _empty(value: Tensor) -> str:
    return f"torch.zeros({tuple(value.shape)}, dtype={value.dtype})"


def _model_class(parts: Mapping[str, nn.Module], about: Mapping[str, Any]) -> str:
    classes = ", condition" if about["takes_class"] else ""
    lines = ["class Model(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.{name} = {name.title()}()" for name in parts]
    for name, verb, given in (("encoder", "encode", "x"), ("decoder", "decode", "z")):
        if name in parts:
            lines += ["", f"    def {verb}(self, {given}{classes}):", f"        return self.{name}({given}{classes})"]
    if len(parts) == 2:
        mean = f"self.encode(x{classes})" + ("[0]" if about["has_log_variance"] else "")
        lines += ["", f"    def forward(self, x{classes}):", f"        return self.decode({mean}{classes})"]
    else:
        (only,) = parts
        given, verb = ("x", "encode") if only == "encoder" else ("z", "decode")
        lines += ["", f"    def forward(self, {given}{classes}):", f"        return self.{verb}({given}{classes})"]
    return "\n".join(lines)
