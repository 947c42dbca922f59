# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""What a model's ONNX file has to take and give, whichever runtime has read it."""

from typing import List, Sequence, Tuple

from lsnet_ros.model_files import Model, ModelError, onnx_path

Port = Tuple[str, Sequence[int]]  # name and shape of an input or output


def check_ports(model: Model, inputs: Sequence[Port], outputs: Sequence[Port]) -> None:
    """
    Compare the inputs and outputs of a model's ONNX file with the model's card.

    :raises ModelError: if the file takes or gives something else
    """
    expected = [('image_{}'.format(index), [1, 3] + list(size))
                for index, size in enumerate(model.spec.sizes)]
    _compare(model, 'takes', [(name, list(shape)) for name, shape in inputs], expected)
    expected = [('logits', [1, model.label_set.num_classes]), ('offset', [1, 2])][:len(outputs)]
    _compare(model, 'gives', [(name, list(shape)[:2]) for name, shape in outputs], expected)


def _compare(model: Model, verb: str, found: List, expected: List) -> None:
    """Raise a ModelError if what the file takes or gives is not what the card says."""
    if found != expected:
        raise ModelError('{} {} {}, but the card says {}: export the model again'.format(
            onnx_path(model), verb, found, expected))
