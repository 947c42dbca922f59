# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Class ids as pictures: coloured, laid over the image, with a legend, on contact sheets."""

from typing import Sequence

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError

_BACKGROUND = (255, 255, 255)
_INK = (20, 20, 20)
_FRAME = (120, 120, 120)  # border of a swatch, whose colour may equal the background
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_GAP = 4  # px between the images of a contact sheet


class DrawingError(LsnetError, ValueError):
    """The shapes or numbers of images, class ids and colours do not match."""


def colorize(class_ids: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """
    Colour each pixel by its class; 255 and ids beyond the palette become black.

    :param class_ids: (H, W) uint8
    :param palette: colours by class id, (C, 3) uint8 RGB
    :return: (H, W, 3) uint8 RGB
    """
    table = np.zeros((1, 256, 3), np.uint8)
    table[0, :min(len(palette), 255)] = palette[:255]
    return cv2.LUT(cv2.cvtColor(class_ids, cv2.COLOR_GRAY2RGB), table)


def overlay(image: np.ndarray, class_ids: np.ndarray, palette: np.ndarray,
            alpha: float = 0.5) -> np.ndarray:
    """
    Blend the colours of the classes into an image; pixels whose id has no colour stay unchanged.

    :param image: (H, W, 3) uint8 RGB
    :param class_ids: (H, W) uint8
    :param palette: colours by class id, (C, 3) uint8 RGB
    :param alpha: weight of the colours, 0 (image only) to 1 (colours only)
    :return: (H, W, 3) uint8 RGB
    :raises DrawingError: if the class ids and the image differ in size
    """
    if image.shape[:2] != class_ids.shape:
        raise DrawingError('the image is {}x{} and the class ids {}x{}: expected the same size; '
                           'resize ids by nearest neighbour only'.format(
                               *image.shape[:2] + class_ids.shape))
    blended = cv2.addWeighted(image, 1 - alpha, colorize(class_ids, palette), alpha, 0)
    uncolored = class_ids >= min(len(palette), 255)
    if uncolored.any():
        blended[uncolored] = image[uncolored]
    return blended


def legend(class_names: Sequence[str], palette: np.ndarray, line_height: int = 28) -> np.ndarray:
    """
    Draw a legend: one line per class, with its colour and name.

    :param class_names: C names
    :param palette: colours by class id, (C, 3) uint8 RGB
    :param line_height: height of a line, px; the font scales with it
    :return: (C * line_height, W, 3) uint8 RGB
    :raises DrawingError: if there are no names, or the numbers of names and colours differ
    """
    if not len(class_names) == len(palette) > 0:
        raise DrawingError('{} class names for {} colours: expected one for each'.format(
            len(class_names), len(palette)))
    margin, thickness = max(line_height // 6, 1), max(line_height // 20, 1)
    scale = cv2.getFontScaleFromHeight(_FONT, max(line_height // 2, 1), thickness)
    text_left = 2 * line_height
    widths = [cv2.getTextSize(name, _FONT, scale, thickness)[0][0] for name in class_names]
    picture = np.empty((len(class_names) * line_height, text_left + max(widths) + 2 * margin, 3),
                       np.uint8)
    picture[:] = _BACKGROUND
    for number, (name, color) in enumerate(zip(class_names, palette)):
        top, bottom = number * line_height, (number + 1) * line_height
        corners = (margin, top + margin), (text_left - 2 * margin, bottom - 1 - margin)
        cv2.rectangle(picture, *corners, color=tuple(map(int, color)), thickness=cv2.FILLED)
        cv2.rectangle(picture, *corners, color=_FRAME)
        cv2.putText(picture, name, (text_left, bottom - line_height // 3), _FONT, scale, _INK,
                    thickness, cv2.LINE_AA)
    return picture


def add_legend(picture: np.ndarray, class_names: Sequence[str],
               palette: np.ndarray) -> np.ndarray:
    """
    Put a legend to the right of a picture.

    :param picture: (H, W, 3) uint8 RGB
    :param class_names: C names
    :param palette: colours by class id, (C, 3) uint8 RGB
    :return: (H or more, W, 3) uint8 RGB, large enough for both
    :raises DrawingError: as ``legend``
    """
    classes = legend(class_names, palette)
    height = max(len(picture), len(classes))
    sheet = np.empty((height, picture.shape[1] + classes.shape[1], 3), np.uint8)
    sheet[:] = _BACKGROUND
    sheet[:len(picture), :picture.shape[1]] = picture
    sheet[:len(classes), picture.shape[1]:] = classes
    return sheet


def contact_sheet(images: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """
    Arrange images in a grid, row by row, each centred in its cell.

    :param images: (H, W, 3) uint8 RGB each; all cells have the size of the largest image
    :param columns: images per row
    :return: (H, W, 3) uint8 RGB
    :raises DrawingError: if there are no images or no columns
    """
    if not len(images) or columns < 1:
        raise DrawingError('{} pictures in {} columns: expected at least one of both'.format(
            len(images), columns))
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    height, width = np.max([image.shape[:2] for image in images], axis=0) + _GAP
    sheet = np.empty((rows * height + _GAP, columns * width + _GAP, 3), np.uint8)
    sheet[:] = _BACKGROUND
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top = row * height + _GAP + (height - _GAP - image.shape[0]) // 2
        left = column * width + _GAP + (width - _GAP - image.shape[1]) // 2
        sheet[top:top + image.shape[0], left:left + image.shape[1]] = image
    return sheet
