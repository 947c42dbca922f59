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
Everything that an engine depends on.

TensorRT writes engines for one version of itself on one kind of GPU, and loads some that it
should not; so the key of an engine is written beside it, and each field is compared.
"""

import hashlib
from importlib.util import find_spec
import json
from pathlib import Path
import platform
from typing import Any, Dict, List

from lsnet_ros.engines.runtime import import_tensorrt
from lsnet_ros.model_card import Model, WEIGHTS

PRECISIONS = ('fp32', 'fp16', 'int8')
WORKSPACE = 128 << 20  # bytes that a layer may take while it runs: a Nano shares 4 GB with it
TEGRA_RELEASE = Path('/etc/nv_tegra_release')
TRANSLATION = ('lsnet_ros.networks',) + tuple('lsnet_ros.engines.' + name for name in (
    'layers', 'converters', 'walk', 'torch2trt_converters', 'definition', 'compilation'))
DRIVER = Path('/proc/driver/nvidia/version')


def engine_key(model: Model, precision: str, batch: int = 1) -> Dict[str, Any]:
    """
    Return what an engine for a model on this machine depends on, as JSON would give it back.

    :param precision: one of ``PRECISIONS``, as it is asked for
    :param batch: images that it takes at a time
    :raises EngineError: if TensorRT is not installed
    """
    key = {
        'model': model.name, 'network': model.network, 'config': model.config,
        'weights': model.card['files'][WEIGHTS], 'height': model.spec.height,
        'width': model.spec.width, 'sizes': model.spec.sizes, 'batch': batch,
        'precision': precision, 'bindings': 'float32', 'workspace': WORKSPACE,
        'converters': _digest_of(*TRANSLATION), 'torch2trt': _digest_of('torch2trt'),
        'tensorrt': import_tensorrt().__version__,
        'system': _first_line(TEGRA_RELEASE) or _first_line(DRIVER),
        'machine': platform.machine()}
    key.update(_cuda())
    return json.loads(json.dumps(key, default=str))


def differences(built: Dict[str, Any], key: Dict[str, Any]) -> List[str]:
    """Say field by field in what the key that an engine was built with differs from one."""
    missing = 'nothing'
    return ['{} was {} and is {}'.format(name, _short(built.get(name, missing)),
                                         _short(key.get(name, missing)))
            for name in sorted(set(built) | set(key))
            if built.get(name, missing) != key.get(name, missing)]


def _cuda() -> Dict[str, Any]:
    """Return the versions of CUDA and what the GPU is; None where there is none."""
    import torch
    facts = {'torch': str(torch.__version__), 'cuda': torch.version.cuda, 'cudnn': None,
             'gpu': None, 'compute_capability': None, 'multiprocessors': None}
    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_properties(0)
        facts.update(cudnn=torch.backends.cudnn.version(), gpu=gpu.name,
                     compute_capability='{}.{}'.format(gpu.major, gpu.minor),
                     multiprocessors=gpu.multi_processor_count)
    return facts


def _digest_of(*names: str) -> Any:
    """
    Return a checksum of the sources of modules and packages, None if one is not installed.

    A version number would not tell the commits of torch2trt apart, nor our own while they change.
    """
    digest = hashlib.sha256()
    for name in names:
        spec = find_spec(name)
        if spec is None or not spec.origin:
            return None
        root = Path(spec.origin)
        for path in sorted(root.parent.rglob('*.py')) if root.name == '__init__.py' else [root]:
            digest.update(str(path.relative_to(root.parent)).encode('utf-8') + b'\0')
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _first_line(path: Path) -> Any:
    """Return the first line of a file, None where there is none."""
    try:
        return path.read_text().splitlines()[0].strip()
    except (OSError, IndexError):
        return None


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else text[:24] + '...'
