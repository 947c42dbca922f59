# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The layout of a street: its things, fixed and moving, and their positions.

Positions are road coordinates: ``u`` metres to the right of the road's middle, ``s`` metres along
it. The street has no end: it is made of cells of ``CELL`` metres, each from its own seed.
"""

from typing import Any, List, NamedTuple, Tuple

import numpy as np

from lsnet_ros.scenes import cars, objects, textures, trees

CELL = 32.0

Plot = NamedTuple('Plot', [('side', int), ('start', float), ('end', float), ('grass', bool)])
House = NamedTuple('House', [('side', int), ('u', float), ('start', float), ('end', float),
                             ('height', float), ('facade', int), ('tint', Tuple[float, ...]),
                             ('roof', float)])  # roof: m over the eaves, 0 is flat
Plant = NamedTuple('Plant', [('u', float), ('s', float), ('kind', str), ('variant', int),
                             ('height', float), ('width', float), ('tint', Tuple[float, ...])])
SideStreet = NamedTuple('SideStreet', [('side', int), ('start', float), ('end', float)])
Post = NamedTuple('Post', [('u', float), ('s', float), ('kind', str), ('look', int)])
Fence = NamedTuple('Fence', [('u', float), ('start', float), ('end', float), ('height', float),
                             ('style', str)])
Parked = NamedTuple('Parked', [('u', float), ('s', float), ('yaw', float),
                               ('vehicle', cars.Vehicle)])
Mover = NamedTuple('Mover', [('kind', str), ('u', float), ('s', float), ('speed', float),
                             ('yaw', float), ('look', Any), ('phase', float)])
# kind: 'vehicle', 'pedestrian' or 'bicyclist'; look: cars.Vehicle or objects.Person

Style = NamedTuple('Style', [
    ('road', float), ('pavement', float), ('setback', float), ('terrace', float),
    ('houses', float), ('park', float), ('winter', bool), ('people', float), ('parked', float),
    ('traffic', float),
])


def choose_style(rng: np.random.RandomState) -> Style:
    """Choose the style of a street."""
    mix = rng.dirichlet([1.0, 0.9, 1.6])
    if rng.rand() < 0.36:
        mix = np.array([1.0, 0.0, 0.0])
    road = float(rng.uniform(3.3, 5.4))
    return Style(
        road=road, pavement=float(rng.uniform(1.8, 4.2)),
        setback=float(rng.choice([0.0, 0.3, 2.5], p=[0.5, 0.25, 0.25])),
        terrace=float(mix[0]), houses=float(mix[1]), park=float(mix[2]),
        winter=bool(rng.rand() < 0.5), people=float(rng.uniform(0.5, 3.5)),
        parked=float(rng.choice([0.25, 0.6])) if road > 4.6 else 0.0,
        traffic=float(rng.uniform(1, 6)))


def lane_center(style: Style) -> float:
    """Return the distance of moving vehicles from the road's middle, m, clear of parked ones."""
    return (style.road - (2.2 if style.parked else 0.0)) / 2


def choose_cell(style: Style, seed: int, index: int) -> List:
    """Choose the things on both sides from ``index * CELL`` to the next cell."""
    things: List = []
    for side in (-1, 1):
        rng = np.random.RandomState([seed, index % (1 << 31), side + 1, 7])
        start = index * CELL
        edge = style.road + style.pavement
        luck = rng.rand()
        kind = int(luck > style.terrace) + int(luck > style.terrace + style.houses)
        things.append(Plot(side, start, start + CELL, bool(kind > 0)))
        (_add_terrace, _add_houses, _add_park)[kind](rng, style, side, edge, start, things)
        _add_furniture(rng, style, side, start, things)
        _add_parked(rng, style, side, start, things)
    return things


def _choose_tint(rng: np.random.RandomState, spread: float = 0.12) -> Tuple[float, ...]:
    level, red, green, blue = rng.rand(4).tolist()
    level = 0.8 + 0.3 * level - spread / 2
    return level + spread * red, level + spread * green, level + spread * blue


def _choose_house(rng, side: int, u: float, start: float, end: float, scale: float) -> House:
    variant = int(rng.randint(textures.FACADES))
    facade = textures.make_facade(variant)
    roof = float(rng.uniform(1.8, 3.6)) if rng.rand() < 0.6 else 0.0
    return House(side, side * u, start, end, facade.height * scale, variant, _choose_tint(rng),
                 roof)


def _add_terrace(rng, style: Style, side: int, edge: float, start: float, things: List):
    """Add a closed row of houses."""
    s, u = start, edge + style.setback
    end = start + CELL
    if rng.rand() < 0.2:
        end -= rng.uniform(5, 9)
        things.append(SideStreet(side, end + 0.6, start + CELL - 0.6))
    while s < end - 0.1:
        width = min(rng.uniform(5.5, 12.0), end - s)
        if end - s - width < 4:
            width = end - s
        jut = 0.35 * rng.randint(2)
        things.append(_choose_house(rng, side, u + jut, s, s + width, rng.uniform(0.95, 1.3)))
        s += width
    if style.setback > 1:
        things.append(Fence(side * (edge + 0.05), start + 0.2, end - 0.2,
                            float(rng.uniform(0.8, 1.3)), str(rng.choice(['iron', 'wall']))))


def _add_houses(rng, style: Style, side: int, edge: float, start: float, things: List):
    """Add detached houses in gardens behind fences, walls or hedges."""
    u = edge + rng.uniform(3.5, 7.0)
    s = start + rng.uniform(0, 5)
    while s < start + CELL - 6:
        width = rng.uniform(7, 11)
        things.append(_choose_house(rng, side, u, s, s + width, rng.uniform(0.7, 0.95)))
        s += width + rng.uniform(2, 7)
        things.append(_choose_tree(rng, style, side * (edge + rng.uniform(1.2, 3.5)), s - 2, 0.7))
    border = rng.choice(['iron', 'wood', 'wall', 'hedge'])
    if border == 'hedge':
        _add_hedge(rng, side * (edge + 0.5), start, 1.7, things)
    else:
        things.append(Fence(side * (edge + 0.05), start, start + CELL - 0.5,
                            float(rng.uniform(0.8, 1.4)), str(border)))


def _add_park(rng, style: Style, side: int, edge: float, start: float, things: List):
    """Add trees behind a railing, or open ground with a low building far from the road."""
    if rng.rand() < 0.6:
        things.append(Fence(side * (edge + 0.05), start, start + CELL - 0.3,
                            float(rng.uniform(0.9, 1.5)), str(rng.choice(['iron', 'iron', 'wood',
                                                                          'wall']))))
    for s in np.arange(start + rng.uniform(0, 4), start + CELL, rng.uniform(4, 8)):
        things.append(_choose_tree(rng, style, side * (edge + rng.uniform(0.8, 6)), s, 1.1))
    if rng.rand() < 0.6:
        _add_hedge(rng, side * (edge + 9), start, 3.5, things)
    if rng.rand() < 0.35:
        things.append(_choose_house(rng, side, edge + 14, start + 2, start + CELL - 4, 0.8))


def _add_hedge(rng, u: float, start: float, height: float, things: List):
    tint = _choose_tint(rng)
    for s in np.arange(start, start + CELL, 2.9):
        things.append(Plant(u, float(s), 'bush', int(rng.randint(trees.VARIANTS)),
                            height * float(rng.uniform(0.9, 1.2)), 4.2 + height * 0.3, tint))


def _choose_tree(rng, style: Style, u: float, s: float, scale: float) -> Plant:
    bare = style.winter and rng.rand() < 0.85
    height = rng.uniform(7.0, 13.0) * scale
    return Plant(float(u), float(s), 'bare' if bare else 'crown',
                 int(rng.randint(trees.VARIANTS)), float(height),
                 float(height * rng.uniform(0.8, 1.15)), _choose_tint(rng, 0.25))


def _add_furniture(rng, style: Style, side: int, start: float, things: List):
    """Add lamps, signs, traffic lights, bollards and street trees along the kerb."""
    kerb = side * (style.road + 0.45)

    def add_post(chance: float, kind: str, u: float = kerb):
        if rng.rand() < chance:
            things.append(Post(u, start + float(rng.uniform(0, CELL)), kind,
                               int(rng.randint(1 << 16))))

    add_post(0.75, 'lamp')
    add_post(0.15, 'pole', side * (style.road + style.pavement - 0.2))
    add_post(0.7, 'sign')
    add_post(0.6, 'sign')
    add_post(0.45, 'traffic_light')
    if rng.rand() < 0.15:
        for s in np.arange(start + 4, start + 20, 1.8):
            things.append(Post(kerb, float(s), 'bollard', 0))
    if rng.rand() < 0.10:
        things.append(Fence(side * (style.road + 0.25), start + 3, start + 14, 1.05, 'iron'))
    if style.pavement > 2.2 and rng.rand() < 0.25:
        things.append(_choose_tree(rng, style, kerb * 1.05, start + rng.uniform(0, CELL), 0.75))


def choose_vehicle(rng: np.random.RandomState, moving: bool) -> cars.Vehicle:
    """Choose a vehicle."""
    shape = rng.choice(['hatchback', 'saloon', 'estate', 'suv', 'van', 'bus'],
                       p=[0.34, 0.22, 0.16, 0.14, 0.1, 0.04])
    paint = np.array(cars.PAINTS[rng.randint(len(cars.PAINTS))])
    paint = paint * rng.uniform(0.9, 1.1)
    return cars.Vehicle(str(shape), tuple(float(v) for v in np.minimum(paint, 245)),
                        bool(moving and rng.rand() < 0.5))


def _add_parked(rng, style: Style, side: int, start: float, things: List):
    if rng.rand() > style.parked:
        return
    s = start + rng.uniform(2, 10)
    while s < start + CELL - 4:
        look = choose_vehicle(rng, False)
        half = cars.SHAPES[look.shape].width / 2
        yaw = (0.0 if side < 0 else np.pi) + rng.uniform(-0.04, 0.04)
        things.append(Parked(float(side * (style.road - half - 0.25)), float(s), float(yaw), look))
        s += rng.uniform(5.2, 9.0)


def choose_person(rng: np.random.RandomState, rider: bool = False) -> objects.Person:
    """Choose a person's height and clothes."""
    clothes = objects.CLOTHES
    coat = clothes[rng.randint(len(clothes))]
    if rng.rand() < (0.3 if rider else 0.05):
        coat = objects.HIGH_VISIBILITY
    trousers = clothes[rng.randint(5)]
    skin = [(206, 164, 140), (176, 132, 106), (120, 84, 62), (84, 58, 44)][rng.randint(4)]
    hair = [(36, 28, 24), (70, 50, 34), (120, 92, 56), (130, 128, 126)][rng.randint(4)]
    return objects.Person(float(rng.uniform(1.55, 1.9)), coat, trousers, skin, hair,
                          bool(rng.rand() < 0.35))


def choose_movers(style: Style, rng: np.random.RandomState, speed: float,
                  reach: float) -> List[Mover]:
    """
    Choose the moving things and their positions at time 0.

    :param speed: of the camera, m/s; vehicles ahead have the same speed, so none gets too near
    :param reach: distance from the camera at which things start again, m
    """
    return (_choose_vehicles(style, rng, speed, reach) + _choose_pedestrians(style, rng, reach) +
            _choose_bicyclists(style, rng))


def _choose_vehicles(style: Style, rng, speed: float, reach: float) -> List[Mover]:
    found, lane = [], lane_center(style)
    for ahead, first in ((True, rng.uniform(9, 60)), (False, rng.uniform(2, 60))):
        s, gap = first, 170.0 / style.traffic
        while s < reach - 12:
            u = (-lane if ahead else lane) + rng.uniform(-0.2, 0.2)
            found.append(Mover('vehicle', float(u), float(s), speed if ahead else -speed,
                               0.0 if ahead else float(np.pi), choose_vehicle(rng, ahead), 0.0))
            s += 12 + rng.exponential(gap)
    return found


def _choose_pedestrians(style: Style, rng, reach: float) -> List[Mover]:
    found = []
    for _ in range(rng.poisson(style.people * 5)):
        side, along = rng.choice([-1, 1]), rng.choice([-1, 1]) * rng.uniform(0.8, 1.6)
        u = side * (style.road + rng.uniform(0.5, max(0.7, style.pavement - 0.3)))
        found.append(Mover('pedestrian', float(u), float(rng.uniform(4, reach * 0.6)),
                           float(along), 0.0 if along > 0 else float(np.pi), choose_person(rng),
                           float(rng.uniform(0, 6.28))))
    return found


def _choose_bicyclists(style: Style, rng) -> List[Mover]:
    found, aside = [], lane_center(style) + 0.9
    for _ in range(rng.poisson(2.0)):
        ahead = rng.rand() < 0.6
        u = (-1 if ahead else 1) * (aside - rng.uniform(0.0, 0.5))
        found.append(Mover('bicyclist', float(u), float(rng.uniform(6, 45)),
                           float(rng.uniform(3.5, 6.5) * (1 if ahead else -1)),
                           0.0 if ahead else float(np.pi), choose_person(rng, rider=True),
                           float(rng.uniform(0, 6.28))))
    return found
