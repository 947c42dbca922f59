# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Check options of networks before anything is built: a card or a recipe may ask for anything."""

from fractions import Fraction
from typing import Any, List, Optional, Sequence

from lsnet_ros.errors import one_line
from lsnet_ros.limits.bounds import check_most, PARAMETERS, PATHS

RATIOS = (Fraction(1, 64), Fraction(16))  # least and largest size of a path's image


def check_numbers(option: str, values: Any, most: int, least: int = 1,
                  count: Optional[int] = None) -> None:
    """
    Check an option that is a list of whole numbers.

    :param most: largest number
    :param count: of the numbers, None for up to 8
    :raises ValueError: if it is anything else
    """
    if (not isinstance(values, (list, tuple)) or len(values) > PATHS
            or count is not None and len(values) != count
            or not all(isinstance(value, int) and not isinstance(value, bool)
                       and least <= value <= most for value in values)):
        raise ValueError('{} is {}, expected {} whole numbers of {} to {}'.format(
            option, one_line(repr(values)), 'up to 8' if count is None else count, least, most))


def read_ratios(values: Any) -> List[Fraction]:
    """
    Return the sizes of the paths' images, relative to the network's input.

    :param values: such as ['1', '1/4']
    :raises ValueError: if they are no numbers of 1/64 to 16
    """
    try:
        check_most('the number of ratios', len(values), PATHS)
        ratios = [Fraction(value) for value in values]
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ValueError('ratios are {}, expected up to 8 numbers such as 1 or 1/4'.format(
            one_line(repr(values)))) from error
    if not all(RATIOS[0] <= ratio <= RATIOS[1] for ratio in ratios):
        raise ValueError('ratios are {}, expected numbers of {} to {}'.format(
            one_line(repr(values)), *RATIOS))
    return ratios


def check_parameters(depths: Sequence[int], widths: Sequence[int], paths: int) -> None:
    """
    Check that 3x3 convolutions of these numbers and channels are a network that can be built.

    :raises ValueError: if they had more than ``PARAMETERS`` weights
    """
    count = sum(9 * depth * width ** 2 for depth, width in zip(depths, widths))
    check_most('the number of weights of the network', paths * count, PARAMETERS)
