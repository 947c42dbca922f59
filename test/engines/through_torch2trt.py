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
Build engines with torch2trt's own driver, and print how far each is from PyTorch.

Run by test_torch2trt_converters in a process of its own: torch2trt imports tensorrt, which is the
stand-in here, and does not let go of it. ``PYTHONPATH=CHECKOUT`` tries another torch2trt.
"""

import json
from pathlib import Path
import sys
import types

sys.path.insert(0, str(Path(__file__).parent))
import tensorrt_engine_stand_in as stand_in  # noqa: E402, I100
import tensorrt_stand_in as layers  # noqa: E402, I100


class Anything(types.ModuleType):
    """What torch2trt names when it is imported, and nothing here uses."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return type(name, (Anything,), {}) if name[:2].isupper() else Anything(name)

    def __call__(self, *arguments, **options):
        return None


def import_torch2trt():
    """Import it over the stand-in; exits with 77 if it is not there."""
    module = Anything('tensorrt')
    vars(module).update(vars(stand_in.of_version('8.6.1')))
    sys.modules['tensorrt'] = module
    for name in ('torchvision', 'torchvision.models'):  # older ones import it for their own tests
        sys.modules.setdefault(name, Anything(name))
    layers.ILayer.type = property(lambda layer: types.SimpleNamespace(name='LAYER'))
    try:
        import torch2trt  # noqa: F401
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(77)


def main():
    import_torch2trt()
    import torch
    from lsnet_ros.engines.compilation import compile_engine
    from lsnet_ros.engines.definition import Wanted
    from lsnet_ros.engines.parity import run_engine
    from lsnet_ros.engines.runtime import Engine
    from lsnet_ros.networks import build_network
    found = {}
    for name in sys.argv[1:]:
        torch.manual_seed(0)
        network = build_network(name, 11).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)  # by default they fade out
        sizes = network.input_sizes(45, 60)
        two = [[torch.randn(1, 3, *size) for size in sizes] for _ in range(2)]
        built = compile_engine(Wanted(network.deployed(), sizes, 1, 'fp32'), 1 << 20)
        assert built.way == 'torch2trt', built.way
        engine = Engine(built.content)
        with torch.no_grad():
            logits = [network.core(*images)[0] for images in two]
        found[name] = [
            float((torch.from_numpy(run_engine(engine, [x.numpy() for x in images], 'cpu')[0])
                   - expected).abs().max()
                  / (expected - expected.mean((2, 3), keepdim=True)).abs().max())
            for images, expected in zip(two, logits)]
    print(json.dumps(found))


if __name__ == '__main__':
    main()
