# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

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
import stand_in  # noqa: E402


class Anything(types.ModuleType):
    """Stands for every name that torch2trt reads on import and does not use."""

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
    stand_in.ILayer.type = property(lambda layer: types.SimpleNamespace(name='LAYER'))
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
    from lsnet_ros.engines.runtime import Engine
    from lsnet_ros.engines.verification import run_engine
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
        built = compile_engine(Wanted(network.deploy(), sizes, 1, 'fp32'), 1 << 20)
        assert built.route == 'torch2trt', built.route
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
