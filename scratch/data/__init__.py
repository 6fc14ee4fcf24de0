"""Data sets as dicts of arrays: ``X_train y_train X_val y_val X_test y_test`` and more.

Images are float32 (N, C, H, W), each channel with mean 0 and standard deviation 1 over the training
part. ``mean`` and ``std`` (1, C, 1, 1) undo that: ``images * std + mean`` is brightness, 0 to 1.
"""

from scratch.data.arrays import normalize, split
from scratch.data.captions import caption_task, with_vocabulary
from scratch.data.cifar10 import load_cifar10
from scratch.data.coco import load_coco
from scratch.data.flickr8k import load_flickr8k
from scratch.data.mnist import load_fashion_mnist, load_mnist
from scratch.data.scene_sets import load_scene_captions, load_scenes

__all__ = [
    "caption_task",
    "load_cifar10",
    "load_coco",
    "load_fashion_mnist",
    "load_flickr8k",
    "load_mnist",
    "load_scene_captions",
    "load_scenes",
    "normalize",
    "split",
    "with_vocabulary",
]
