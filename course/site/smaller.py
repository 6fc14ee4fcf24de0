"""Smaller tasks for exercises that are done on the page, where Python is slower."""


def half_size(data):
    """The same data with pictures of half the height and width.

    Each block of 2 x 2 pixels becomes one, their mean: (N, C, H, W) -> (N, C, H/2, W/2).
    """
    return {key: halved(part) if key.startswith("X_") else part for key, part in data.items()}


def halved(images):
    N, C, H, W = images.shape
    return images.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5))
