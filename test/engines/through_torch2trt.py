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
"""
Convert networks with torch2trt's own driver, and print how far each is from PyTorch.

Run by test_torch2trt_converters in a process of its own: torch2trt imports tensorrt, which is the
stand-in here, and does not let go of it. ``PYTHONPATH=CHECKOUT`` tries another torch2trt.
"""

import enum
import inspect
import json
from pathlib import Path
import sys
import types

sys.path.insert(0, str(Path(__file__).parent))
import tensorrt_stand_in as stand_in  # noqa: E402, I100


DeviceType = enum.Enum('DeviceType', ['GPU', 'DLA'])


class Anything(types.ModuleType):
    """What torch2trt names when it is imported, and nothing here uses."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return type(name, (Anything,), {}) if name[:2].isupper() else Anything(name)

    def __call__(self, *arguments, **options):
        return None


class Network(stand_in.INetworkDefinition):
    """A network whose inputs torch2trt adds in its own way."""

    def add_input(self, name, shape, dtype):
        return super().add_input(name, stand_in.DataType.FLOAT, shape)


def import_torch2trt():
    """Import it over the stand-in; exits with 77 if it is not there."""
    module = Anything('tensorrt')
    vars(module).update(vars(stand_in.of_version('8.6.1')))
    module.DeviceType = DeviceType
    sys.modules['tensorrt'] = module
    for name in ('torchvision', 'torchvision.models'):  # older ones import it for their own tests
        sys.modules.setdefault(name, Anything(name))
    stand_in.ILayer.type = property(lambda layer: types.SimpleNamespace(name='LAYER'))
    stand_in.ITensor.location = None
    try:
        import torch2trt
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(77)
    return torch2trt


def converted(torch2trt, network, images):
    """Return the network that torch2trt records while it runs one of ours."""
    from lsnet_ros.engines.torch2trt_converters import Core
    context = sys.modules['torch2trt.torch2trt'].ConversionContext
    core = Core(network.deployed()).eval()
    options = {'torch2trt_kwargs': {'module': core, 'device_types': {}, 'gpu_fallback': True,
                                    'default_device_type': DeviceType.GPU, 'fp16_mode': False}}
    if 'builder_config' in inspect.signature(context.__init__).parameters:
        options['builder_config'] = Anything('config')
    recorded = Network()
    with context(recorded, **options) as running:
        running.add_inputs(images)
        running.mark_outputs(core(*images))
    return recorded


def main():
    torch2trt = import_torch2trt()
    import torch
    from lsnet_ros.engines.torch2trt_converters import register
    from lsnet_ros.networks import build_network
    register()
    found = {}
    for name in sys.argv[1:]:
        torch.manual_seed(0)
        network = build_network(name, 11).eval()
        two = [[torch.randn(1, 3, *size) for size in network.input_sizes(45, 60)]
               for _ in range(2)]
        with torch.no_grad():
            recorded = converted(torch2trt, network, [x.clone() for x in two[0]])
            logits = [network.core(*images)[0] for images in two]
        found[name] = [
            float((torch.from_numpy(stand_in.evaluate(
                recorded, [x.numpy() for x in images])[0]) - expected).abs().max()
                / (expected - expected.mean((2, 3), keepdim=True)).abs().max())
            for images, expected in zip(two, logits)]
    print(json.dumps(found))


if __name__ == '__main__':
    main()
