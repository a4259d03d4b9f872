#!/usr/bin/python3
"""Trains the convolutional network of this example with PyTorch and exports it to ONNX.

Writes, beside this file:
  digits.onnx       the network, image [1, 1, 8, 8] of 0..1 -> logits [1, 10]
  calibration.npy   images that training has seen, for `zkvm compile --calibrate`
  test.npy, labels.npy
                    images it has not seen, and what they show, for `zkvm eval`

The data are the images of ../digits (a fifth of them for the test), after the preprocessing that the
guest does in C++. All random choices come from one seed. Debian: python3-torch, python3-sklearn.
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "digits"))
from dataset import CLASSES, Digits  # noqa: E402

SEED = 1


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, CLASSES))


def shifted(images, generator):
    """Every image moved by up to one pixel."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    y, x = torch.randint(0, 3, (2,), generator=generator).tolist()
    return padded[:, :, y:y + 8, x:x + 8]


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    digits = Digits(np.random.default_rng(SEED))
    images = torch.tensor(digits.inputs[:, None] / 127, dtype=torch.float32)
    labels = torch.tensor(digits.labels)
    training, test = torch.tensor(digits.training), torch.tensor(digits.test)

    model = network()
    epochs, batch = 30, 32
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        model.train()
        order = training[torch.randperm(len(training), generator=generator)]
        for start in range(0, len(order), batch):
            chosen = order[start:start + batch]
            loss = nn.functional.cross_entropy(
                model(shifted(images[chosen], generator)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()

    print(f"accuracy on {len(test)} images never trained on: "
          f"{100 * accuracy(model, images[test], labels[test]):.2f} %")
    model.eval()
    torch.onnx.export(model, images[:1], HERE / "digits.onnx", input_names=["image"],
                      output_names=["logits"], opset_version=13)
    np.save(HERE / "calibration.npy", images[training[:200]].numpy())
    np.save(HERE / "test.npy", images[test].numpy())
    np.save(HERE / "labels.npy", digits.labels[digits.test])


if __name__ == "__main__":
    main()
