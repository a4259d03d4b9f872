#!/usr/bin/python3
"""Writes networks of the sizes that others publish times for, with random weights, as ONNX models:

    bench/make_models.py FOLDER

  vgg16.onnx     VGG-16 for 32 x 32 images, 15.2 M weights
  resnet18.onnx  ResNet-18 for 32 x 32 images, 11.2 M weights
  nanogpt.onnx   4 blocks of width 64 on 64 tokens, 0.2 M weights

with NAME.npy, samples for `zkvm compile --calibrate`. Weights are random but scaled as in training,
so that activations keep their size. Debian: python3-torch.
"""

import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn

SAMPLES = 8


def vgg16():
    layers, channels = [], 3
    for width in (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512,
                  "M"):
        if width == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 512),
                         nn.ReLU(), nn.Linear(512, 10))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs),
            nn.ReLU(), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.skip = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                      nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


def resnet18():
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inputs = 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Residual(inputs, width, stride), Residual(width, width, 1)]
        inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class Block(nn.Module):
    def __init__(self, context, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.register_buffer("mask", torch.full((context, context), -1e9).triu(1), persistent=False)

    def forward(self, x):
        batch, context, width = x.shape
        q, k, v = (t.view(batch, context, self.heads, width // self.heads).transpose(1, 2)
                   for t in self.qkv(self.norm1(x)).split(width, dim=2))
        scores = q @ k.transpose(2, 3) / math.sqrt(width // self.heads) + self.mask
        x = x + self.out((torch.softmax(scores, 3) @ v).transpose(1, 2).reshape(x.shape))
        return x + self.mlp(self.norm2(x))


class NanoGpt(nn.Module):
    def __init__(self, context=64, vocabulary=65, width=64, heads=4, blocks=4):
        super().__init__()
        self.context = context
        self.token, self.position = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(context, width, heads) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.token(tokens) + self.position(torch.arange(self.context))
        return self.head(self.norm(self.blocks(x)))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    image = torch.randn(SAMPLES, 3, 32, 32)
    tokens = torch.randint(0, 65, (SAMPLES, 64))
    for name, model, samples in (("vgg16", vgg16(), image), ("resnet18", resnet18(), image),
                                 ("nanogpt", NanoGpt(), tokens)):
        # Means and variances of batch normalization as training would have left them.
        model.train()
        with torch.no_grad():
            for _ in range(3):
                model(samples)
        model.eval()
        torch.onnx.export(model, samples[:1], folder / f"{name}.onnx", input_names=["input"],
                          output_names=["output"], opset_version=13)
        np.save(folder / f"{name}.npy", samples[:, None].numpy())
        print(name, sum(p.numel() for p in model.parameters()))


if __name__ == "__main__":
    main()
