"""Prints, for every job of a JSON file (pdb, files, hydrogenMass), the parameters that OpenMM's own ForceField assigns: one JSON line a job."""
import json
import sys

import openmm
from openmm import app, unit

forcefields = {}
for job in json.load(open(sys.argv[1])):
    key = tuple(job["files"])
    if key not in forcefields:
        forcefields[key] = app.ForceField(*key)
    pdb = app.PDBFile(job["pdb"])
    mass = job["hydrogenMass"]
    system = forcefields[key].createSystem(pdb.topology, rigidWater=False, hydrogenMass=None if mass is None else mass * unit.dalton)
    result = {"masses": [system.getParticleMass(i)._value for i in range(system.getNumParticles())], "radii": [], "scales": []}
    for force in system.getForces():
        if isinstance(force, openmm.HarmonicBondForce):
            result["bonds"] = [[i, j, l._value, k._value] for i, j, l, k in map(force.getBondParameters, range(force.getNumBonds()))]
        elif isinstance(force, openmm.HarmonicAngleForce):
            result["angles"] = [[i, j, k, a._value, c._value] for i, j, k, a, c in map(force.getAngleParameters, range(force.getNumAngles()))]
        elif isinstance(force, openmm.PeriodicTorsionForce):
            result["torsions"] = [[i, j, k, l, n, p._value, c._value] for i, j, k, l, n, p, c in map(force.getTorsionParameters, range(force.getNumTorsions()))]
        elif isinstance(force, openmm.NonbondedForce):
            result["particles"] = [[q._value, s._value, e._value] for q, s, e in map(force.getParticleParameters, range(force.getNumParticles()))]
            result["exceptions"] = [[i, j, q._value, s._value, e._value] for i, j, q, s, e in map(force.getExceptionParameters, range(force.getNumExceptions()))]
        elif isinstance(force, openmm.CustomGBForce):  # radii less the offset, scales times them
            values = [force.getParticleParameters(i) for i in range(force.getNumParticles())]
            result["radii"] = [v[1] + 0.009 for v in values]
            result["scales"] = [v[2] / v[1] for v in values]
        elif isinstance(force, openmm.GBSAOBCForce):
            values = [force.getParticleParameters(i) for i in range(force.getNumParticles())]
            result["radii"] = [v[1]._value for v in values]
            result["scales"] = [v[2] for v in values]
    print(json.dumps(result))
