# Made the files beside this one: python3 make.py, torch 1.13.0. Butane by bonds, angles and torsions, nm and kJ/mol unless a file says
# otherwise; turning about the middle bond changes the middle torsion alone, whose law is therefore exp(-V / RT).
import json
import math
from typing import Tuple

import torch

BONDS = [(0, 1), (1, 2), (2, 3)] + [(0, 4), (0, 5), (0, 6), (1, 7), (1, 8), (2, 9), (2, 10), (3, 11), (3, 12), (3, 13)]
NUMBERS = [6] * 4 + [1] * 10


def terms():
    near = {n: [] for n in range(14)}
    for i, j in BONDS:
        near[i].append(j)
        near[j].append(i)
    angles = [(i, j, k) for j in range(14) for i in near[j] for k in near[j] if i < k]
    methyls = [(h, 0, 1, 2) for h in (4, 5, 6)] + [(h, 3, 2, 1) for h in (11, 12, 13)]
    return angles, methyls


class Butane(torch.nn.Module):
    def __init__(self, type=torch.float64, length=1.0, energy=1.0):
        super().__init__()
        angles, methyls = terms()
        heavy = lambda atoms: sum(NUMBERS[a] == 6 for a in atoms)
        index, real = lambda x: torch.tensor(x, dtype=torch.int64).t().contiguous(), lambda x: torch.tensor(x, dtype=type)
        self.register_buffer("bonds", index(BONDS))
        self.register_buffer("angles", index(angles))
        self.register_buffer("methyls", index(methyls))
        self.register_buffer("middle", index([(0, 1, 2, 3)]))
        self.register_buffer("r0", real([0.1526 if heavy(b) == 2 else 0.109 for b in BONDS]))
        self.register_buffer("kr", real([259408.0 if heavy(b) == 2 else 284512.0 for b in BONDS]))
        self.register_buffer("kt", real([{3: 334.7, 2: 418.4, 1: 292.9}[heavy(a)] for a in angles]))
        self.t0, self.length, self.energy = math.radians(109.5), length, energy

    def torsion(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        a, b, c = x.index_select(-2, t[1]) - x.index_select(-2, t[0]), x.index_select(-2, t[2]) - x.index_select(-2, t[1]), x.index_select(-2, t[3]) - x.index_select(-2, t[2])
        m, n = torch.cross(a, b, -1), torch.cross(b, c, -1)
        return (m * n).sum(-1) / (m.pow(2).sum(-1) * n.pow(2).sum(-1)).sqrt()

    def compute(self, positions: torch.Tensor) -> torch.Tensor:
        x = positions * self.length
        r = (x.index_select(-2, self.bonds[0]) - x.index_select(-2, self.bonds[1])).pow(2).sum(-1).sqrt()
        a, c = x.index_select(-2, self.angles[0]) - x.index_select(-2, self.angles[1]), x.index_select(-2, self.angles[2]) - x.index_select(-2, self.angles[1])
        cosine = (a * c).sum(-1) / (a.pow(2).sum(-1) * c.pow(2).sum(-1)).sqrt()
        angle = torch.acos(cosine.clamp(-0.999999, 0.999999))
        u = (0.5 * self.kr * (r - self.r0).pow(2)).sum(-1) + (0.5 * self.kt * (angle - self.t0).pow(2)).sum(-1)
        p, q = self.torsion(x, self.methyls), self.torsion(x, self.middle)
        u = u + 2.0 * (1.0 + 4.0 * p.pow(3) - 3.0 * p).sum(-1) # cos 3 phi
        u = u + 2.0 * (1.0 + q).sum(-1) + 6.0 * (1.0 + 4.0 * q.pow(3) - 3.0 * q).sum(-1)
        return u / self.energy

    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        return self.compute(positions)


class Coupled(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        u = self.compute(positions)
        return u + 0.5 * u.mean()


class Detached(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        return self.compute(positions) + self.compute(positions.detach())


class WithoutGradient(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        return self.compute(positions.detach())


class InField(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        return self.compute(positions) + 10.0 * (positions[..., 0, 0] - positions[..., 3, 0])


class InTrap(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        return self.compute(positions) + positions.pow(2).sum(-1).sum(-1)


class NotANumber(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        u = self.compute(positions) - 1.0e9
        return u.sqrt()


class WithForces(Butane):
    def forward(self, positions: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        return self.compute(positions), positions


class OfAtoms(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        return self.compute(positions).unsqueeze(-1) + 0.0 * positions.sum(-1)


class Far(Butane):
    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        u = self.compute(positions) - 1.0e8
        return u.to(torch.float32)


class Network(torch.nn.Module):
    """Of random weights in single precision, on squared distances: it refuses positions in double. One geometry a call."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(91, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
        self.register_buffer("pairs", torch.triu_indices(14, 14, 1))

    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        d = positions.index_select(0, self.pairs[0]) - positions.index_select(0, self.pairs[1])
        return 100.0 * self.layers(d.pow(2).sum(-1))


def save(file, module, **says):
    torch.jit.save(torch.jit.script(module), file + ".pt", _extra_files={"molsampling.json": json.dumps(says)} if says else {})


save("butane", Butane())
save("butane-electronvolt", Butane(length=0.1, energy=96.48533212331), name="springs", length="angstrom", energy="eV", atomicNumbers=NUMBERS)
save("butane-single", Butane(torch.float32))
save("butane-angstrom-unstated", Butane(length=0.1))
save("butane-kilocalories-unstated", Butane(energy=4.184))
save("butane-kilocalories-wrongly", Butane(energy=4.184), length="nm", energy="kJ/mol")
for broken in Coupled, Detached, WithoutGradient, InField, InTrap, NotANumber, WithForces, OfAtoms:
    save(broken.__name__.lower(), broken())
save("far", Far())
save("network", Network())
save("one-at-a-time", torch.jit.trace(Butane(), torch.rand(14, 3, dtype=torch.float64), check_trace=False))
save("unknown-unit", Butane(), energy="Rydberg")
save("other-order", Butane(), atomicNumbers=[1] * 10 + [6] * 4)
torch.save(Butane().state_dict(), "weights.pt")

# What torch 1.13 says itself, of two geometries that are no minimum.
torch.manual_seed(2)
x = 0.15 * torch.randn(2, 14, 3, dtype=torch.float64)
x.requires_grad_(True)
u = Butane()(x)
u.sum().backward()
with open("reference.json", "w") as file:
    json.dump({"positions": x.flatten().tolist(), "energies": u.tolist(), "forces": (-x.grad).flatten().tolist()}, file)
