"""Records what a function computes, as a graph of torch's own layers and functions that runs without this program.

1. `record` runs the function once, on an example batch.
2. `_Recorder` sees each call of a torch function in this thread, and makes a node of each that depends on the inputs or
   on weights. Properties such as shape and dtype are plain values to it, so ordinary Python code can be recorded.
3. Layers of torch are called as a whole: hooks make one node of them, and what they call inside is not recorded.
4. Tensors that come from neither inputs nor weights are constants, and become buffers.

torch.fx traces too, but replaces methods of `torch.nn.Module` for all threads meanwhile, also for one that trains. The
graph of `torch.export` has no layers any more, so that its code is hard to read.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from explorer.models.latent_model import NotDefined

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "matmul": operator.matmul,
    "neg": operator.neg,
    "pow": operator.pow,
    "__getitem__": operator.getitem,
}
_REVERSED: dict[str, Callable[..., Any]] = {
    "__rsub__": operator.sub,
    "__rdiv__": operator.truediv,
    "__rtruediv__": operator.truediv,
}


def record(
    function: Callable[..., Any],
    inputs: Mapping[str, Tensor],
    model: nn.Module,
    names: Mapping[str, Tensor],
    title: str,
) -> fx.GraphModule:
    """Return a module that computes ``function``.

    Parameters
    ----------
    function
        Called with the inputs by name; returns a tensor or a tuple of tensors.
    inputs
        An example of each input; the first dimension is that of the batch.
    model
        What has the weights; its layers become parts of the result, and are not copied.
    names
        Constants that should have a name.
    title
        The name of the class of the result.

    Raises
    ------
    NotDefined
        If the function changes a tensor in place, which cannot be recorded.
    """
    recorder = _Recorder(model, names)
    layers = [layer for layer in model.modules() if is_torch_layer(layer)]
    hooks = [layer.register_forward_pre_hook(recorder.enter_layer) for layer in layers]
    hooks += [layer.register_forward_hook(recorder.leave_layer) for layer in layers]
    try:
        with torch.no_grad():
            arguments = {name: recorder.take_input(name, value) for name, value in inputs.items()}
            with recorder:
                outputs = function(**arguments)
        return recorder.finish(outputs, title)
    finally:
        for hook in hooks:
            hook.remove()


def is_torch_layer(module: nn.Module) -> bool:
    """Return whether a module is a layer of torch, and no container."""
    return type(module).__module__.startswith("torch.nn.modules.") and not any(module.children())


class _Recorder(TorchFunctionMode):
    """Makes a graph of the torch functions that are called while it is active."""

    def __init__(self, model: nn.Module, names: Mapping[str, Tensor]) -> None:
        super().__init__()
        self._graph = fx.Graph()
        self._parts: dict[str, Any] = {}
        self._nodes: dict[int, fx.Node] = {}
        self._alive: list[Any] = []  # an id is only unique while its tensor exists
        self._layers: dict[nn.Module, str] = {}
        self._inside = 0
        weights = [*model.named_parameters(), *model.named_buffers()]
        self._weights = {id(value): name.replace(".", "_") for name, value in weights}
        self._constants = {id(value): name for name, value in names.items()}

    def take_input(self, name: str, value: Tensor) -> Tensor:
        """Make an input of the graph and return its example."""
        self._remember(value, self._graph.placeholder(name))
        return value

    def finish(self, outputs: Any, title: str) -> fx.GraphModule:
        """Return the graph as a module, in evaluation mode."""
        self._graph.output(tree_map(self._argument, outputs))
        # No function of torch that is recorded here has an effect besides its result.
        self._graph.eliminate_dead_code(lambda node: node.op in ("placeholder", "output"))
        return fx.GraphModule(self._parts, self._graph, title).eval()

    def enter_layer(self, layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        """Stop recording single functions until the layer returns."""
        self._inside += 1

    def leave_layer(self, layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        """Record the call of a layer of torch."""
        self._inside -= 1
        if isinstance(layer, nn.Identity):
            return output
        if layer not in self._layers:
            kind = type(layer).__name__.lower()
            count = sum(name.startswith(f"{kind}_") for name in self._layers.values())
            self._layers[layer] = f"{kind}_{count + 1}"
            self._parts[self._layers[layer]] = layer
        # A layer may return its input, as dropout does in evaluation; the result needs an id of its own.
        output = output.view_as(output)
        self._remember(output, self._graph.call_module(self._layers[layer], tuple(map(self._argument, inputs))))
        return output

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call a torch function and record it."""
        given = kwargs or {}
        result = func(*args, **given)
        if self._inside or not self._depends(args, given):
            return result
        name = getattr(func, "__name__", "")
        if name == "__setitem__" or (name.endswith("_") and not name.endswith("__")):
            raise NotDefined("it changes a tensor in place")
        # torch.chunk and others return several tensors.
        values = list(result) if isinstance(result, tuple | list) else [result]
        new = [value for value in values if isinstance(value, Tensor) and id(value) not in self._nodes]
        if new:
            # A result that is known already, such as a tensor returned as it is, keeps its node.
            node = self._call(func, name, args, given)
            if isinstance(result, Tensor):
                self._remember(result, node)
            else:
                for position, value in enumerate(values):
                    self._remember(value, self._graph.call_function(operator.getitem, (node, position)))
        return result

    def _depends(self, args: tuple[Any, ...], given: dict[str, Any]) -> bool:
        found = False

        def look(value: Any) -> Any:
            nonlocal found
            found = found or id(value) in self._nodes or id(value) in self._weights
            return value

        tree_map(look, (args, given))
        return found

    def _call(self, func: Any, name: str, args: tuple[Any, ...], given: dict[str, Any]) -> fx.Node:
        """Make the node of a call: an operator, a method, a property, or a function."""
        arguments, options = tree_map(self._argument, args), tree_map(self._argument, given)
        # Private options are for warnings.
        options = {key: value for key, value in options.items() if not key.startswith("_")}
        if name == "__get__":
            return self._graph.call_function(getattr, (arguments[0], func.__self__.__name__))
        if name in _REVERSED:
            return self._graph.call_function(_REVERSED[name], arguments[::-1])
        if name in _OPERATORS and not options:
            return self._graph.call_function(_OPERATORS[name], arguments)
        if getattr(Tensor, name, None) is func:
            return self._graph.call_method(name, arguments, options)
        return self._graph.call_function(func, arguments, options)

    def _argument(self, value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in self._nodes:
            name = self._weights.get(id(value)) or self._constants.get(id(value)) or f"constant_{len(self._parts) + 1}"
            # Only when it is used: a weight that the function does not need is left out.
            self._parts[name] = value
            self._remember(value, self._graph.get_attr(name, type_expr=None))
        return self._nodes[id(value)]

    def _remember(self, value: Any, node: fx.Node) -> None:
        self._nodes[id(value)] = node
        self._alive.append(value)
