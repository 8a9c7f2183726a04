"""Estimators and networks as trees, and back through their constructors."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import check_scoring
from torch.nn.modules.module import register_module_parameter_registration_hook

from rcseq.estimators import SequenceClassifier, SequenceRegressor
from rcseq.nn.networks import get_network
from rcseq.persistence._allowed import PRIVATE_STATE, name_of, named
from rcseq.persistence._tree import Reader, Writer
from rcseq.strategies import STRATEGIES, Strategy

__all__ = ["ModelReader", "ModelWriter"]

_NETS = (SequenceClassifier, SequenceRegressor)
_LEARNED = re.compile(r"[A-Za-z](\w*[^\W_])?_")
_LIBRARIES = {"builtins", "functools", "numpy", "rcseq", "scipy", "skorch", "sklearn", "torch"}
_TRAINING_ONLY = {"callbacks", "dataset", "iterator_train", "optimizer", "train_split"}
# These import a compiler, and make later calls unpickle files: not for a file to decide.
_NEVER = {"compile", "memory", "torch_load_kwargs"}
# No integer among the parameters of a network is larger, since they size Python objects too; a
# module of the user's own may need more, as of an embedding.
_LARGEST, _LARGEST_OWN = 2**14, 2**20


def _set(model: Any, name: str, value: Any) -> None:
    vars(model)[name] = value  # not setattr, which runs what a class has for it


def _finish_isotonic(model: Any) -> None:
    if hasattr(model, "X_thresholds_"):
        model._build_f(model.X_thresholds_, model.y_thresholds_)


def _finish_search(model: Any) -> None:
    if hasattr(model, "n_splits_"):
        _set(model, "scorer_", check_scoring(model.estimator, model.scoring))


def _check_vocabulary(model: Any) -> None:
    """Refuse columns that do not exist: SciPy would write to them."""
    if hasattr(model, "vocabulary_"):
        columns = model.vocabulary_.values()
        if sorted(columns) != list(range(len(columns))):
            raise ValueError("the columns of its vocabulary are out of range")


_FINISHED: dict[str, Callable[[Any], None]] = {
    "CountVectorizer": _check_vocabulary,
    "GridSearchCV": _finish_search,
    "IsotonicRegression": _finish_isotonic,
    "RandomizedSearchCV": _finish_search,
    "TfidfVectorizer": _check_vocabulary,
}
_REBUILT = {"f_", "scorer_"}  # by the functions above


def _own_name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _is_own(cls: type) -> bool:
    return cls.__module__.partition(".")[0] not in _LIBRARIES


def _may_hold(cls: type, attribute: str) -> bool:
    private = PRIVATE_STATE.get(name_of(cls) or "", frozenset())
    return attribute in private or _LEARNED.fullmatch(attribute) is not None


def _weights(net: Any) -> Any:
    return getattr(net.module_, "_orig_mod", net.module_)  # what torch.compile wraps


def _broken_tensor(module: torch.nn.Module) -> str | None:
    """Return the name of a parameter that is not finite, or of a buffer that holds NaN."""
    for name, tensor in module.named_parameters():
        if not tensor.isfinite().all():
            return name
    return next((name for name, tensor in module.named_buffers() if tensor.isnan().any()), None)


class ModelWriter(Writer):
    """Turns a model into a tree; notes in `left_out` what only training needs and was not saved."""

    def __init__(self) -> None:
        super().__init__()
        self.left_out: list[str] = []
        self.done: dict[int, tuple[int, Any]] = {}

    def encode_object(self, value: Any, where: str) -> Any:
        """Return the tree of a class, function, strategy, estimator or network."""
        name = name_of(value)
        if name is None and isinstance(value, type) and _is_own(value):
            name = _own_name(value)
        if name is not None:
            return {"$": "name", "name": name}
        if isinstance(value, Strategy) and type(STRATEGIES.get(value.name)) is type(value):
            params = self.encode(value.get_params(deep=False), where)
            return {"$": "strategy", "name": value.name, "params": params}
        name = name_of(type(value))
        if name is None and isinstance(value, BaseEstimator | Strategy) and _is_own(type(value)):
            name = _own_name(type(value))
        if isinstance(value, torch.nn.Module):
            raise TypeError(
                f"{where} is an instance; give the class as module= and its parameters as "
                "module__*, so that it can be rebuilt."
            )
        if name is None:
            return super().encode_object(value, where)
        if id(value) in self.done:  # the same object in two places stays one
            return {"$": "again", "number": self.done[id(value)][0]}
        write = self._net if isinstance(value, _NETS) else self._object
        tree = write(value, where)
        self.done[id(value)] = (len(self.done), value)
        return {**tree, "class": name}

    def _object(self, value: Any, where: str) -> dict[str, Any]:
        params = _parameters(value)
        tree = {"$": "object", "params": self._params(value, params, where)}
        if not isinstance(value, BaseEstimator):
            return tree
        rebuilt = _REBUILT if type(value).__name__ in _FINISHED else set()
        state = {}
        for name, item in vars(value).items():
            if _may_hold(type(value), name) and name not in params and name not in rebuilt:
                state[name] = item
            elif name not in params and _is_own(type(value)):
                raise TypeError(
                    f"{where}.{name} is neither a parameter of {type(value).__name__} nor ends in "
                    "an underscore, as what is learned does, so it cannot be saved."
                )
        return {**tree, "state": self.encode(state, where)}

    def _net(self, net: Any, where: str) -> dict[str, Any]:
        params = net.get_params(deep=False)
        try:
            _check_integers(params)
        except ValueError as error:  # now, and not when somebody loads it
            raise TypeError(
                f"{where} is not saved: {error}, so no file of it is loaded."
            ) from error
        tree = {"$": "net", "params": self._params(net, params, where)}
        if net.initialized_:
            module = _weights(net)
            broken = _broken_tensor(module)
            if broken is not None:
                raise ValueError(
                    f"{where} is not saved: {broken} of its network holds values that are not "
                    "finite, so its predictions mean nothing. Train it with a smaller lr."
                )
            learned = {k: getattr(net, k) for k in net.learned_attributes if hasattr(net, k)}
            tree["learned"] = self.encode(learned, where)
            tree["history"] = self.encode(list(net.history), f"{where}.history")
            tree["weights"] = self.encode(dict(module.state_dict()), f"{where}.module_")
        return tree

    def _params(self, value: Any, params: dict[str, Any], where: str) -> Any:
        """Return the tree of parameters, without defaults and training that cannot be saved."""
        kept, lost = [], set()
        for name, item in params.items():
            tensors, done = dict(self.tensors), dict(self.done)
            root = name.partition("__")[0]
            if root in _NEVER:
                if not _is_default(type(value), name, item):
                    lost.add(root)
                continue
            try:
                kept.append([name, self.encode(item, f"{where}.{name}")])
            except TypeError:
                self.tensors, self.done = tensors, done
                if _is_default(type(value), name, item):
                    continue
                if not isinstance(value, _NETS) or root not in _TRAINING_ONLY:
                    raise
                lost.add(root)
        self.left_out += [f"{where}.{root}" for root in sorted(lost)]
        kept = [pair for pair in kept if pair[0].partition("__")[0] not in lost]
        return {"$": "dict", "items": kept}


def _parameters(value: Any) -> dict[str, Any]:
    """Return what the constructor takes; every class here keeps it under the same name."""
    params: dict[str, Any] = {}
    for name, parameter in inspect.signature(type(value)).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            params |= {k: v for k, v in vars(value).items() if k.strip("_") == k}
        elif not hasattr(value, name):
            raise TypeError(f"{type(value).__name__} does not keep its parameter {name}.")
        else:
            params[name] = getattr(value, name)
    return params


def _is_default(cls: type, name: str, value: Any) -> bool:
    """Return whether a constructor, or that of a base, would set the same value by itself."""
    for base in cls.__mro__[:-1]:
        if "__init__" in vars(base):
            parameter = inspect.signature(vars(base)["__init__"]).parameters.get(name)
            if parameter is not None:
                return parameter.default is value
    return False


class ModelReader(Reader):
    """Turns trees back into models."""

    def __init__(self, tensors: dict[str, torch.Tensor], trusted: Iterable[type]) -> None:
        super().__init__(tensors)
        self.n_tensors = len(tensors)
        self.trusted = {_own_name(cls): cls for cls in trusted}
        self.done: list[Any] = []

    def _read_name(self, tree: dict[str, Any]) -> Any:
        name = tree["name"]
        value = self.trusted.get(name) or named(name)
        if value is None:
            raise ValueError(
                f"it names {name}, which is not one that rcseq trusts. If you know it, pass "
                f"rcseq.load(path, trusted=[{str(name).rpartition(':')[2]}])"
            )
        return value

    def _read_strategy(self, tree: dict[str, Any]) -> Strategy:
        name = tree["name"]
        if name not in STRATEGIES:
            raise ValueError(f"it uses the strategy {name!r}: register that before loading")
        strategy, params = STRATEGIES[name], self.decode(tree["params"])
        if params.keys() != strategy.get_params(deep=False).keys():
            raise ValueError(f"the strategy {name!r} takes no {', '.join(map(str, params))}")
        return clone(strategy).set_params(**params)

    def _read_again(self, tree: dict[str, Any]) -> Any:
        return self.done[tree["number"]]

    def _class(self, tree: dict[str, Any]) -> type:
        cls = self._read_name({"name": tree["class"]})
        if not isinstance(cls, type) or cls.__module__.startswith("torch."):
            raise ValueError(f"it has {tree['class']} where an estimator belongs")
        if issubclass(cls, _NETS) != (tree["$"] == "net"):
            raise ValueError(f"it does not treat {tree['class']} as what it is")
        return cls

    def _params_of(self, tree: dict[str, Any]) -> dict[str, Any]:
        params = self.decode(tree["params"])
        for name in params:
            if name.partition("__")[0] in _NEVER:
                raise ValueError(f"it sets {name}, which a file may not")
        return params

    def _read_object(self, tree: dict[str, Any]) -> Any:
        cls = self._class(tree)
        model = cls(**self._params_of(tree))
        for name, value in self.decode(tree.get("state", {"$": "dict", "items": []})).items():
            if not _may_hold(cls, name):
                raise ValueError(f"it sets {name!r}, which {cls.__name__} does not learn")
            _set(model, name, value)
        if cls.__name__ in _FINISHED and "state" in tree:
            _FINISHED[cls.__name__](model)
        self.done.append(model)
        return model

    def _read_net(self, tree: dict[str, Any]) -> Any:
        cls: Any = self._class(tree)
        params = self._params_of(tree)
        net = cls(**params)
        if "weights" in tree:
            learned, weights = self.decode(tree["learned"]), None
            if not learned.keys() <= set(cls.learned_attributes):
                raise ValueError(f"it sets what {cls.__name__} does not learn: {sorted(learned)}")
            history, weights = self.decode(tree["history"]), self.decode(tree["weights"])
            self._check_size(cls, params, learned, weights)
            _build(net, learned)
            module = _weights(net)
            module.load_state_dict(weights)
            broken = _broken_tensor(module)
            if broken is not None:
                raise ValueError(f"the tensor {broken} of its network is not finite")
            net.history.extend(history)
        self.done.append(net)
        return net

    def _check_size(self, cls: type, params: Any, learned: Any, weights: Any) -> None:
        """Compare the network that the parameters ask for with the weights, before it is built."""
        module, own = _network_of(params)
        _check_integers(params)
        accepted = inspect.signature(module).parameters if module is not None else {"equivariant"}
        probe = cls(**{**params, "device": "meta"})
        if "equivariant" not in accepted:  # it would be run, which needs numbers
            probe.strategy = "standard"
        try:
            with _at_most_parameters(self.n_tensors), torch.device("meta"):
                _build(probe, learned)
        except (NotImplementedError, RuntimeError):
            if not own:  # a trusted module may compute with numbers when it is made
                raise
            return
        expected = {k: tuple(v.shape) for k, v in probe.module_.state_dict().items()}
        found = {k: tuple(v.shape) for k, v in weights.items()}
        if expected != found:
            different = sorted(map(str, dict(expected.items() ^ found.items())))
            raise ValueError(
                f"the weights do not fit {type(probe.module_).__name__} as it is installed: "
                f"{', '.join(different)}"
            )


def _build(net: Any, learned: dict[str, Any]) -> None:
    for name, value in learned.items():
        setattr(net, name, value)
    net.initialize()


def _network_of(params: dict[str, Any]) -> tuple[Any, bool]:
    """Return what builds the network, and whether it is a class of the user's own."""
    module = params.get("module")
    if isinstance(module, str):
        module = get_network(module)
    return module, isinstance(module, type) and _is_own(module)


def _check_integers(params: dict[str, Any]) -> None:
    """Refuse a network that its parameters make too large to be built from a file."""
    asked = [v for k, v in params.items() if k.startswith("module__")]
    largest = _LARGEST_OWN if _network_of(params)[1] else _LARGEST
    if any(abs(number) > largest for number in _integers(asked)):
        raise ValueError(f"a parameter of its network is larger than {largest}")


def _integers(value: Any) -> Iterator[int]:
    if isinstance(value, int | np.integer):
        yield int(value)
    elif isinstance(value, dict):
        yield from _integers([*value, *value.values()])
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _integers(item)


@contextmanager
def _at_most_parameters(number: int) -> Iterator[None]:
    """Stop a network that grows more parameters than the file has tensors."""
    count, thread = 0, threading.get_ident()

    def check(*_: Any) -> None:
        nonlocal count
        count += threading.get_ident() == thread
        if count > 4 * number + 64:  # layers are registered more than once on their way
            raise ValueError("its parameters ask for more layers than it has weights")

    handle = register_module_parameter_registration_hook(check)
    try:
        yield
    finally:
        handle.remove()
