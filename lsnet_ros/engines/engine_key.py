# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The key of an engine: everything that it depends on.

TensorRT builds engines for one version of itself on one kind of GPU, and loads some that do not
fit; so the key of an engine is written beside it, and each field is compared.
"""

import hashlib
from importlib.util import find_spec
import json
from pathlib import Path
import platform
from typing import Any, Dict, List, Optional

from lsnet_ros.engines.runtime import import_tensorrt
from lsnet_ros.models.card import Model, ONNX, WEIGHTS

PRECISIONS = ('fp32', 'fp16', 'int8')
WORKSPACE = 128 << 20  # bytes of temporary memory that a layer may use: a Nano has 4 GB for all
TEGRA_RELEASE = Path('/etc/nv_tegra_release')
TRANSLATION = ('lsnet_ros.networks',) + tuple('lsnet_ros.engines.' + name for name in (
    'layers', 'converters', 'walk', 'torch2trt_converters', 'definition', 'compilation'))
DRIVER = Path('/proc/driver/nvidia/version')


def engine_key(model: Model, precision: str, batch: int = 1) -> Dict[str, Any]:
    """
    Return the key of an engine for a model on this machine, as it would be read from JSON.

    :param precision: one of ``PRECISIONS``, to begin with
    :param batch: images per run
    :raises EngineError: if TensorRT is not installed
    """
    digests = model.card['files']
    key: Dict[str, Any] = {
        'model': model.name, 'network': model.network, 'config': model.config,
        'weights': digests[WEIGHTS if WEIGHTS in digests else ONNX],
        'height': model.spec.height, 'width': model.spec.width, 'sizes': model.spec.sizes,
        'batch': batch, 'precision': precision, 'bindings': 'float32', 'workspace': WORKSPACE,
        'converters': _digest_of(*TRANSLATION), 'torch2trt': _digest_of('torch2trt'),
        'tensorrt': import_tensorrt().__version__,
        'system': _read_first_line(TEGRA_RELEASE) or _read_first_line(DRIVER),
        'machine': platform.machine()}
    key.update(_read_cuda())
    return json.loads(json.dumps(key, default=str))


def list_differences(built: Dict[str, Any], key: Dict[str, Any]) -> List[str]:
    """Return a sentence for each field that differs between the key of a build and another."""
    missing = 'nothing'
    return ['{} was {} and is {}'.format(name, _shorten(built.get(name, missing)),
                                         _shorten(key.get(name, missing)))
            for name in sorted(set(built) | set(key))
            if built.get(name, missing) != key.get(name, missing)]


def _read_cuda() -> Dict[str, Any]:
    """Return the versions of PyTorch and CUDA, and facts of the GPU, None without a GPU."""
    import torch
    facts: Dict[str, Any] = {
        'torch': str(torch.__version__), 'cuda': torch.version.cuda, 'cudnn': None, 'gpu': None,
        'compute_capability': None, 'multiprocessors': None}
    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_properties(0)
        facts.update(cudnn=torch.backends.cudnn.version(), gpu=gpu.name,
                     compute_capability='{}.{}'.format(gpu.major, gpu.minor),
                     multiprocessors=gpu.multi_processor_count)
    return facts


def _digest_of(*names: str) -> Optional[str]:
    """
    Return a checksum of the sources of modules and packages, None if one is not installed.

    Version numbers do not tell commits apart, neither of torch2trt nor of this package.
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


def _read_first_line(path: Path) -> Optional[str]:
    """Return the first line of a file, None if there is none."""
    try:
        return path.read_text().splitlines()[0].strip()
    except (OSError, IndexError):
        return None


def _shorten(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else text[:24] + '...'
