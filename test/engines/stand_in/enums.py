# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Enumerations of TensorRT."""

import enum


def _enum(name, *members):
    return enum.Enum(name, members)


DataType = _enum('DataType', 'FLOAT', 'HALF', 'INT8', 'INT32', 'BOOL')
ActivationType = _enum('ActivationType', 'RELU', 'SIGMOID', 'TANH', 'CLIP')
ElementWiseOperation = _enum('ElementWiseOperation', 'SUM', 'PROD', 'MAX', 'MIN', 'SUB', 'DIV')
UnaryOperation = _enum('UnaryOperation', 'EXP', 'LOG', 'SQRT')
ReduceOperation = _enum('ReduceOperation', 'SUM', 'PROD', 'MAX', 'MIN', 'AVG')
MatrixOperation = _enum('MatrixOperation', 'NONE', 'TRANSPOSE', 'VECTOR')
PoolingType = _enum('PoolingType', 'MAX', 'AVERAGE')
PaddingMode = _enum('PaddingMode', 'EXPLICIT_ROUND_DOWN', 'EXPLICIT_ROUND_UP')
ScaleMode = _enum('ScaleMode', 'UNIFORM', 'CHANNEL', 'ELEMENTWISE')
InterpolationMode = _enum('InterpolationMode', 'NEAREST', 'LINEAR', 'CUBIC')
ResizeCoordinateTransformation = _enum(
    'ResizeCoordinateTransformation', 'ALIGN_CORNERS', 'ASYMMETRIC', 'HALF_PIXEL')
ResizeSelector = _enum('ResizeSelector', 'FORMULA', 'UPPER')
Severity = _enum('Severity', 'INTERNAL_ERROR', 'ERROR', 'WARNING', 'INFO', 'VERBOSE')
BuilderFlag = _enum(
    'BuilderFlag', 'FP16', 'INT8', 'TF32', 'STRICT_TYPES', 'OBEY_PRECISION_CONSTRAINTS')
MemoryPoolType = _enum('MemoryPoolType', 'WORKSPACE')
NetworkDefinitionCreationFlag = enum.IntEnum(
    'NetworkDefinitionCreationFlag', [('EXPLICIT_BATCH', 0)])
DeviceType = _enum('DeviceType', 'GPU', 'DLA')
TensorIOMode = _enum('TensorIOMode', 'NONE', 'INPUT', 'OUTPUT')
