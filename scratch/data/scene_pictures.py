"""Draw scenes: colored shapes, lightly jittered, on textured and noisy 32x32 backgrounds.

Every shape is a rule ``inside(x, y)`` on the square from -1 to 1 (x to the right, y down). The
rules are evaluated once, into a table of small masks, and drawing only pastes masks: thousands of
pictures a second.
"""

from functools import cache

import numpy as np

from scratch.data.scenes import COLORS, KINDS, PICTURE_SIZE, RADII, SIZES

VARIANTS = 8  # slightly turned, stretched and shifted copies of every mask
MASK = 19  # masks are 19 x 19 pixels: the largest shape and a margin
NOISE = 0.06  # standard deviation of the noise on every pixel, brightness being 0 to 1


def inside_star(x, y):
    """Five points: fold the plane into one tenth, where the outline is a single straight line."""
    tip, notch, tenth = 1.0, 0.42, np.pi / 5
    angle = np.abs(
        np.mod(np.arctan2(x, -y), 2 * tenth) - tenth
    )  # 0 at a notch, 36 degrees at a tip
    u, v = np.hypot(x, y) * np.cos(angle), np.hypot(x, y) * np.sin(angle)
    edge_u, edge_v = tip * np.cos(tenth) - notch, tip * np.sin(tenth)
    return edge_v * (u - notch) - edge_u * v <= 0


def inside_heart(x, y):
    """The sextic curve (x^2 + y^2 - 1)^3 = x^2 y^3, upside down because y points down."""
    x, y = 1.15 * x, 0.1 - 1.15 * y
    return (x**2 + y**2 - 1) ** 3 <= x**2 * y**3


INSIDE = {
    "circle": lambda x, y: np.hypot(x, y) <= 0.95,
    "square": lambda x, y: np.maximum(np.abs(x), np.abs(y)) <= 0.85,
    "triangle": lambda x, y: (np.abs(x) <= 0.55 * (y + 0.95)) & (y <= 0.8),
    "star": inside_star,
    "cross": lambda x, y: (
        (np.minimum(np.abs(x), np.abs(y)) <= 0.27) & (np.maximum(np.abs(x), np.abs(y)) <= 0.95)
    ),
    "diamond": lambda x, y: np.abs(x) / 0.7 + np.abs(y) <= 1.05,
    "ring": lambda x, y: np.abs(np.hypot(x, y) - 0.77) <= 0.23,
    "heart": inside_heart,
    "moon": lambda x, y: (np.hypot(x, y) <= 1) & (np.hypot(x - 0.5, y) > 0.75),
    "bar": lambda x, y: (np.abs(x) <= 1) & (np.abs(y) <= 0.32),
}


def shape_mask(kind, radius, turn, shift):
    """How much of each pixel the shape covers, 0 to 1: a (MASK, MASK) array."""
    fine = 4  # look at 4 x 4 points a pixel, for smooth edges
    grid = (np.arange(MASK * fine) + 0.5) / fine - MASK / 2
    y, x = np.meshgrid(grid - shift[0], grid - shift[1], indexing="ij")
    x, y = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    covered = INSIDE[kind](x / radius, y / radius)
    return covered.reshape(MASK, fine, MASK, fine).mean(axis=(1, 3))


@cache
def mask_table():
    """Every mask once, always the same: (kinds, sizes, VARIANTS, MASK, MASK) float32."""
    rng = np.random.default_rng(0)
    table = np.empty((len(KINDS), len(SIZES), VARIANTS, MASK, MASK), np.float32)
    for i, j, k in np.ndindex(table.shape[:3]):
        turn, stretch = rng.uniform(-0.15, 0.15), rng.uniform(0.93, 1.07)
        radius, shift = stretch * RADII[SIZES[j]], rng.uniform(-0.4, 0.4, size=2)
        table[i, j, k] = shape_mask(KINDS[i], radius, turn, shift)
    return table


def draw_grounds(N, rng):
    """Dim tinted ground, stripes in any direction, blotches and a slope of light: (N, 3, H, W)."""
    H = W = PICTURE_SIZE
    y, x = np.mgrid[:H, :W].astype(np.float32)

    def uniform(low, high, *shape):
        return rng.uniform(low, high, shape).astype(np.float32)

    angle, wavelength = uniform(0, np.pi, N, 1, 1), uniform(3, 12, N, 1, 1)
    strength, phase = uniform(0, 0.08, N, 1, 1), uniform(0, 2 * np.pi, N, 1, 1)
    along = np.cos(angle) * x + np.sin(angle) * y  # (N, H, W): pixels across the stripes
    ground = strength * np.sin(2 * np.pi / wavelength * along + phase)
    ground += uniform(-0.06, 0.06, N, H // 4, W // 4).repeat(4, axis=1).repeat(4, axis=2)
    ground += uniform(-0.1, 0.1, N, 1, 1) * (x / W - 0.5) + uniform(-0.1, 0.1, N, 1, 1) * (
        y / H - 0.5
    )
    tint = uniform(0.12, 0.38, N, 1, 1, 1) + uniform(-0.06, 0.06, N, 3, 1, 1)
    return ground[:, None] + tint


def paste(images, rows, shapes, rng):
    """Paint ``shapes[i]`` over picture ``rows[i]``, in place."""
    kind = [KINDS.index(shape.kind) for shape in shapes]
    size = [SIZES.index(shape.size) for shape in shapes]
    masks = mask_table()[kind, size, rng.integers(VARIANTS, size=len(shapes))]  # (M, MASK, MASK)
    paint = np.array([COLORS[shape.color] for shape in shapes], dtype=np.float32)
    paint += rng.uniform(-0.07, 0.07, paint.shape).astype(np.float32)
    corner = np.array([(shape.row, shape.col) for shape in shapes])  # in the padded picture
    window = np.arange(MASK)
    r = (corner[:, :1] + window)[:, :, None]  # (M, MASK, 1)
    c = (corner[:, 1:] + window)[:, None, :]  # (M, 1, MASK)
    here = np.asarray(rows)[:, None, None], slice(None), r, c
    cover = masks[..., None]  # (M, MASK, MASK, 1)
    images[here] += cover * (paint[:, None, None, :] - images[here])


def draw_scenes(scenes, rng, block=250):
    """Pictures of ``scenes``: (N, 3, H, W) float32, brightness 0 to 1."""
    images = np.empty((len(scenes), 3, PICTURE_SIZE, PICTURE_SIZE), np.float32)
    for i in range(0, len(scenes), block):
        images[i : i + block] = draw_block(scenes[i : i + block], rng)
    return images


def draw_block(scenes, rng):
    """Ground, then the first shape of every picture, the second, the third, then noise."""
    margin = MASK // 2
    pad = ((0, 0), (0, 0), (margin, margin), (margin, margin))
    images = np.pad(draw_grounds(len(scenes), rng), pad)
    for i in range(max(len(scene.shapes) for scene in scenes)):
        rows = [n for n, scene in enumerate(scenes) if len(scene.shapes) > i]
        paste(images, rows, [scenes[n].shapes[i] for n in rows], rng)
    images = images[:, :, margin:-margin, margin:-margin]
    noise = rng.standard_normal(images.shape, dtype=np.float32)
    return np.clip(images + np.float32(NOISE) * noise, 0, 1)
