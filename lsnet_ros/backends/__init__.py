# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Backends, each of which runs the core of a model's network with one runtime."""

from lsnet_ros.backends.backend import Backend
from lsnet_ros.backends.choice import BACKENDS, open_backend
from lsnet_ros.errors import BackendError

__all__ = ['BACKENDS', 'Backend', 'BackendError', 'open_backend']
