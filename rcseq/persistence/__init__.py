"""Save a model to a file that holds weights and configuration, and no code.

A pickle runs whatever its author put into it. The file written here cannot: it is one file in the
format of `safetensors <https://github.com/huggingface/safetensors>`_, that is a header in JSON and
numbers, neither compressed nor pickled. The header holds the model as a tree: parameters, learned
attributes, and the names of classes that are on a fixed list of rcseq, scikit-learn, skorch and
torch. When the file is read, nothing else is imported; every estimator is made by its constructor,
and no method that unpickling would call (``__setstate__``, ``__reduce__``) is called.

A network is rebuilt from its parameters, once its shapes are known to be those of the weights, on
the device that the reader has. The state of the optimiser is not kept. Callbacks, schedules and
splitters of skorch and scikit-learn are kept where they are on the list; what only training needs
and cannot be saved is left out with a warning.

The header also holds the SHA-256 of the file, so that damage is noticed. It is not a signature.
Estimators that predict in compiled code, such as trees and forests, are not on the list, because a
hostile array could crash the process.
"""

from rcseq.persistence._file import ModelFileError, load, save

__all__ = ["ModelFileError", "load", "save"]
